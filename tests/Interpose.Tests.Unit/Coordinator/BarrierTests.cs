using Interpose.Images.Checkpoints;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

public sealed class BarrierTests
{
    public static TheoryData<Phase> PhasesBeforeCommit =>
        [Phase.Suspend, Phase.Drain, Phase.Snapshot, Phase.Refill, Phase.Resume, Phase.Write];

    public static TheoryData<Phase> PhasesBetweenCensusAndCommit =>
        [Phase.Drain, Phase.Snapshot, Phase.Refill, Phase.Resume, Phase.Write];

    [Fact]
    public async Task A_checkpoint_walks_through_all_phases_and_ends_with_a_manifest()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.CheckpointAsync(1);

        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Ok, answer.Code);
        CheckpointReply reply = MessageCodec.ReadRecord<CheckpointReply>(answer.Payload);
        Assert.Equal(new CheckpointReply(harness.DirectoryOf(1), 1, 1, 4096, 8192, 1500, 0), reply);
        Manifest manifest = ManifestReader.Read(harness.DirectoryOf(1));
        Assert.Equal(CoordinatorHarness.Computation, manifest.Computation);
        ManifestProcess image = Assert.Single(manifest.Processes);
        Assert.Equal((3999999, "host-3999999.img", 4096ul, 0xC0FFEEul), (image.Pid, image.ImageFile, image.ImageSize, image.ImageCrc));
        Assert.True(image.IsUntouched(Interpose.Images.FileIdentity.Of(Path.Combine(harness.DirectoryOf(1), image.ImageFile))));
        Assert.Equal(Phase.Running, (await harness.StatusAsync()).Phase);
    }

    [Fact]
    public async Task Nobody_enters_a_phase_before_everybody_has_done_the_one_before()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess[] processes = [await harness.JoinAsync(3999998), await harness.JoinAsync(3999999)];
        Task<ResponseMessage> response = harness.CheckpointAsync();
        foreach (FakeProcess process in processes)
        {
            await process.ExpectCheckpointAsync();
        }

        foreach (Phase phase in new[] { Phase.Suspend, Phase.Drain, Phase.Snapshot, Phase.Refill })
        {
            await processes[0].DoneAsync(1, phase);
            await harness.UntilAsync(s => s.Phase == phase);
            Assert.False(processes[0].Peer.HasInput);
            await processes[1].DoneAsync(1, phase);
            await Task.WhenAll(processes.Select(p =>
                phase == Phase.Suspend ? p.EnterDrainAsync(1) : p.ExpectPhaseAsync(1, phase + 1)));
        }

        foreach (FakeProcess process in processes)
        {
            await process.DoneAsync(1, Phase.Resume);
            await process.WriteAsync(1);
        }

        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Equal(2, ManifestReader.Read(harness.DirectoryOf(1)).Processes.Count);
    }

    [Fact]
    public async Task A_writer_may_be_faster_than_the_rest_of_the_barrier()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Refill);
        await process.WriteAsync(1);
        await process.DoneAsync(1, Phase.Refill);
        await process.ExpectPhaseAsync(1, Phase.Resume);
        await process.DoneAsync(1, Phase.Resume);
        await process.ExpectPhaseAsync(1, Phase.Commit);
        Assert.Equal(ExitCode.Ok, (await response).Code);
    }

    [Theory]
    [MemberData(nameof(PhasesBetweenCensusAndCommit))]
    public async Task A_process_that_dies_ends_the_checkpoint_and_the_others_run_on(Phase phase)
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess dying = await harness.JoinAsync(3999997);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(dying.WalkToAsync(1, phase), other.WalkToAsync(1, phase));
        await harness.UntilAsync(s => s.Phase == phase);
        dying.Dispose();
        string reason = await other.AbortAsync(1);

        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Failure, answer.Code);
        Assert.Contains($"process {dying.Pid} (fake)", reason, StringComparison.Ordinal);
        Assert.Contains($"phase {phase}", answer.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(harness.DirectoryOf(1)));
        await SucceedsAsync(harness, other, 2);
    }

    [Theory]
    [MemberData(nameof(PhasesBeforeCommit))]
    public async Task A_process_that_takes_too_long_is_named_and_everybody_runs_on(Phase phase)
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess slow = await harness.JoinAsync(3999998);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(slow.WalkToAsync(1, phase), other.WalkToAsync(1, phase));
        await (phase == Phase.Write ? other.WriteAsync(1) : other.DoneAsync(1, phase));
        await harness.UntilAsync(s => s.Phase == phase);
        await SettleAsync(harness, other);
        harness.Time.Advance(PhaseTable.Default.Get(Operation.Checkpoint, phase).Limit);
        await other.AbortAsync(1);

        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Timeout, answer.Code);
        Assert.Contains("process 3999998 (fake)", answer.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("3999999", answer.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(harness.DirectoryOf(1)));

        // The slow one finds the abort behind what it has not read, and takes part again.
        await slow.AbortAsync(1);
        Task<ResponseMessage> next = harness.CheckpointAsync();
        await Task.WhenAll(slow.CheckpointAsync(2), other.CheckpointAsync(2));
        Assert.Equal(ExitCode.Ok, (await next).Code);
    }

    [Theory]
    [MemberData(nameof(PhasesBeforeCommit))]
    public async Task A_process_that_cannot_do_a_phase_says_why_and_everybody_runs_on(Phase phase)
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess failing = await harness.JoinAsync(3999998);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(failing.WalkToAsync(1, phase), other.WalkToAsync(1, phase));
        await failing.Peer.SendAsync(new FailedMessage(1, phase, ExitCode.Unsupported, "fd 7 is an io_uring"));
        await Task.WhenAll(failing.AbortAsync(1), other.AbortAsync(1));

        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Unsupported, answer.Code);
        Assert.Contains("process 3999998 (fake)", answer.Message, StringComparison.Ordinal);
        Assert.Contains("fd 7 is an io_uring", answer.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(harness.DirectoryOf(1)));
        Assert.Equal(answer.Message, (await harness.StatusAsync()).LastFailure);
    }

    [Fact]
    public async Task A_process_that_ends_when_its_image_is_complete_does_no_harm()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess ending = await harness.JoinAsync(3999998);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(ending.WalkToAsync(1, Phase.Resume), other.WalkToAsync(1, Phase.Resume));
        await ending.WriteAsync(1);
        await SettleAsync(harness, ending);
        ending.Dispose();
        await harness.UntilAsync(s => s.Processes.Count == 1);
        await other.DoneAsync(1, Phase.Resume);
        await other.WriteAsync(1);
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Equal(2, ManifestReader.Read(harness.DirectoryOf(1)).Processes.Count);
    }

    [Fact]
    public async Task A_process_that_is_known_to_end_while_the_others_are_being_suspended_is_left_out()
    {
        await using var harness = new CoordinatorHarness();
        using var real = System.Diagnostics.Process.Start("/bin/sleep", "1000");
        string executable = File.ResolveLinkTarget($"/proc/{real.Id}/exe", returnFinalTarget: false)!.FullName;
        FakeProcess ending = await harness.JoinAsync(real.Id, executable: executable);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await ending.ExpectCheckpointAsync();
        real.Kill();
        await real.WaitForExitAsync();
        ending.Dispose();
        await other.CheckpointAsync(1);
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Equal(3999999, Assert.Single(ManifestReader.Read(harness.DirectoryOf(1)).Processes).Pid);
    }

    [Fact]
    public async Task A_process_born_while_the_others_are_being_suspended_takes_part()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess parent = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await parent.ExpectCheckpointAsync();
        FakeProcess child = await harness.JoinAsync(3999999);
        await child.WalkToAsync(1, Phase.Suspend);
        await Task.WhenAll(parent.DoneAsync(1, Phase.Suspend), child.DoneAsync(1, Phase.Suspend));
        await Task.WhenAll(parent.EnterDrainAsync(1), child.EnterDrainAsync(1));
        parent.Dispose();
        await child.AbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await response).Code);
    }

    [Fact]
    public async Task A_process_that_appears_after_the_suspension_must_not_be_lost()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Drain);
        FakeProcess late = await harness.JoinAsync(3999999);
        await process.AbortAsync(1);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Busy, answer.Code);
        Assert.Contains("process 3999999", answer.Message, StringComparison.Ordinal);
        Assert.False(late.Peer.HasInput);
    }

    [Fact]
    public async Task A_stopped_process_that_makes_the_barrier_wait_is_said_to_be_stopped()
    {
        await using var harness = new CoordinatorHarness();
        using var real = System.Diagnostics.Process.Start("/bin/sh", ["-c", "kill -STOP $$"]);
        await ProcessState.UntilStoppedAsync(real.Id);
        string executable = File.ResolveLinkTarget($"/proc/{real.Id}/exe", returnFinalTarget: false)!.FullName;
        FakeProcess process = await harness.JoinAsync(real.Id, executable: executable);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.ExpectCheckpointAsync();
        harness.Time.Advance(PhaseTable.Default.Get(Operation.Checkpoint, Phase.Suspend).Limit);
        Assert.Contains("stopped", (await response).Message, StringComparison.Ordinal);
        real.Kill();
    }

    [Fact]
    public async Task A_process_born_while_images_are_written_is_not_part_of_them()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Write);
        await harness.UntilAsync(s => s.Phase == Phase.Write);
        FakeProcess child = await harness.JoinAsync(3999999);
        await process.WriteAsync(1);
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Single(ManifestReader.Read(harness.DirectoryOf(1)).Processes);
        Assert.False(child.Peer.HasInput);
    }

    [Fact]
    public async Task Messages_of_an_epoch_that_is_over_change_nothing()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        await SucceedsAsync(harness, process, 1);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.ExpectCheckpointAsync();
        await process.DoneAsync(1, Phase.Suspend);
        await process.Peer.SendAsync(new FailedMessage(1, Phase.Write, ExitCode.Failure, "old"));
        await process.Peer.SendAsync(new AbortedMessage(1));
        await process.DoneAsync(2, Phase.Snapshot);
        await process.DoneAsync(2, Phase.Suspend);
        await process.EnterDrainAsync(2);
        process.Dispose();
        Assert.Equal(ExitCode.Failure, (await response).Code);
    }

    [Fact]
    public async Task A_process_that_never_acknowledges_the_abort_is_not_waited_for_for_ever()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess failing = await harness.JoinAsync(3999998);
        FakeProcess silent = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(failing.WalkToAsync(1, Phase.Drain), silent.WalkToAsync(1, Phase.Drain));
        await failing.Peer.SendAsync(new FailedMessage(1, Phase.Drain, ExitCode.Failure, "no"));
        await failing.AbortAsync(1);
        await silent.Peer.ExpectAsync<AbortMessage>();
        await SettleAsync(harness, failing);
        harness.Time.Advance(PhaseTable.Default.AbortLimit);
        Assert.Equal(ExitCode.Failure, (await response).Code);
    }

    /// <summary>Whatever the process has sent before has been acted upon.</summary>
    internal static async Task SettleAsync(CoordinatorHarness harness, FakeProcess process)
    {
        // A late acknowledgement of an epoch that never was is ignored, but marks a place in the order of events.
        await process.Peer.SendAsync(new AbortedMessage(ulong.MaxValue));
        await harness.IgnoredAsync();
    }

    internal static async Task SucceedsAsync(CoordinatorHarness harness, FakeProcess process, ulong epoch)
    {
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.CheckpointAsync(epoch);
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.True(harness.HasManifest(epoch));
    }
}
