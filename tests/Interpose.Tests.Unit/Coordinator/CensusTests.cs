using System.Diagnostics;
using Interpose.Coordinator.Barrier;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>Between Suspend and Drain the barrier finds out whether everybody stands still.</summary>
public sealed class CensusTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task One_process_of_each_host_is_asked()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess[] processes =
        [
            await harness.JoinAsync(3999997), await harness.JoinAsync(3999998), await harness.JoinAsync(3999999, host: "elsewhere"),
        ];
        _ = harness.CheckpointAsync();
        foreach (FakeProcess process in processes)
        {
            await process.WalkToAsync(1, Phase.Suspend);
            await process.DoneAsync(1, Phase.Suspend);
        }

        EnterPhaseMessage there = await processes[2].ExpectCensusAsync(1);
        Assert.Equal(CoordinatorHarness.Computation, there.Computation);
        Assert.Equal([3999999], there.Known);
        await processes[2].CensusAsync(1);
        await BarrierTests.SettleAsync(harness, processes[2]);
        Assert.Equal(Phase.Census, (await harness.StatusAsync()).Phase);
        FakeProcess asked = await AskedAsync(processes[..2]);
        EnterPhaseMessage here = await asked.ExpectCensusAsync(1);
        Assert.Equal([3999997, 3999998], here.Known.Order());
        await asked.CensusAsync(1, Managed(3999997), Managed(3999998));
        foreach (FakeProcess process in processes)
        {
            await process.ExpectPhaseAsync(1, Phase.Drain);
        }
    }

    [Fact]
    public async Task A_newborn_is_waited_for_and_the_census_is_taken_again()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess parent = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await ToCensusAsync(parent);
        await parent.CensusAsync(1, Managed(3999999));
        await BarrierTests.SettleAsync(harness, parent);
        Assert.False(parent.Peer.HasInput);
        FakeProcess child = await harness.JoinAsync(3999999);
        await child.WalkToAsync(1, Phase.Suspend);
        await BarrierTests.SettleAsync(harness, child);
        Assert.False(parent.Peer.HasInput);
        await child.DoneAsync(1, Phase.Suspend);
        await Task.WhenAll(CheckpointFromCensusAsync(parent), CheckpointFromCensusAsync(child));
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Equal(2, ManifestReader.Read(harness.DirectoryOf(1)).Processes.Count);
    }

    [Fact]
    public async Task What_was_seen_before_a_newborn_was_suspended_is_not_believed()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess parent = await harness.JoinAsync(3999997);
        _ = harness.CheckpointAsync();
        await ToCensusAsync(parent);
        FakeProcess child = await harness.JoinAsync(3999998);
        await child.WalkToAsync(1, Phase.Suspend);
        await parent.CensusAsync(1);
        await child.DoneAsync(1, Phase.Suspend);

        // Either may be asked; the grandchild was born while the child was not yet suspended.
        FakeProcess asked = await AskedAsync(parent, child);
        await asked.ExpectCensusAsync(1);
        await asked.CensusAsync(1, Managed(3999999));
        await BarrierTests.SettleAsync(harness, asked);
        Assert.Equal(Phase.Census, (await harness.StatusAsync()).Phase);
        FakeProcess grandchild = await harness.JoinAsync(3999999);
        await grandchild.WalkToAsync(1, Phase.Suspend);
        await grandchild.DoneAsync(1, Phase.Suspend);
        await Task.WhenAll(parent.EnterDrainAsync(1), child.EnterDrainAsync(1), grandchild.EnterDrainAsync(1));
    }

    [Fact]
    public async Task A_process_that_ends_without_ever_having_joined_is_forgotten()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999998);
        _ = harness.CheckpointAsync();
        await ToCensusAsync(process);
        await process.CensusAsync(1, Managed(3999999));
        await BarrierTests.SettleAsync(harness, process);
        harness.Time.Advance(Moment);
        await process.ExpectCensusAsync(1);
        await process.CensusAsync(1);
        await process.ExpectPhaseAsync(1, Phase.Drain);
    }

    [Fact]
    public async Task A_process_that_never_joins_is_named()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await ToCensusAsync(process);
        await process.CensusAsync(1, Managed(3999999, "it is stopped; continue it with SIGCONT"));
        await BarrierTests.SettleAsync(harness, process);
        harness.Time.Advance(CensusStep.Limit);
        await process.EndsInAbortAsync(1);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Timeout, answer.Code);
        Assert.Contains("process 3999999 (newborn)", answer.Message, StringComparison.Ordinal);
        Assert.Contains("SIGCONT", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_cannot_be_entered_is_refused_by_name_when_it_stays()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await ToCensusAsync(process);
        await process.CensusAsync(1, Unmanaged(3999999));
        await BarrierTests.SettleAsync(harness, process);
        harness.Time.Advance(Moment);
        await process.ExpectCensusAsync(1);
        await process.CensusAsync(1, Unmanaged(3999999));
        await process.AbortAsync(1);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Unsupported, answer.Code);
        Assert.Contains("process 3999999 (outsider)", answer.Message, StringComparison.Ordinal);
        Assert.Contains("statically linked", answer.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-unmanaged", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_command_that_cannot_be_entered_does_no_harm()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999998);
        _ = harness.CheckpointAsync();
        await ToCensusAsync(process);
        await process.CensusAsync(1, Unmanaged(3999999));
        await BarrierTests.SettleAsync(harness, process);
        harness.Time.Advance(Moment);
        await process.ExpectCensusAsync(1);
        await process.CensusAsync(1);
        await process.ExpectPhaseAsync(1, Phase.Drain);
    }

    [Fact]
    public async Task A_process_that_cannot_be_entered_is_left_out_when_that_was_asked_for()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync(allowUnmanaged: true);
        await ToCensusAsync(process);
        await process.CensusAsync(1, Unmanaged(3999999));
        await CheckpointFromCensusAsync(process);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Ok, answer.Code);
        Assert.Contains("process 3999999 (outsider)", answer.Message, StringComparison.Ordinal);
        Assert.Single(ManifestReader.Read(harness.DirectoryOf(1)).Processes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calling_exec_while_others_are_being_suspended_does_no_harm(bool newConnectionIsSeenFirst)
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess before = await harness.JoinAsync(3999998);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await before.ExpectCheckpointAsync();
        FakeProcess after = await ExecAsync(harness, before, newConnectionIsSeenFirst);
        await Task.WhenAll(after.CheckpointAsync(1), other.CheckpointAsync(1));
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Equal([3999998, 3999999], ManifestReader.Read(harness.DirectoryOf(1)).Processes.Select(p => p.Pid).Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calling_exec_during_the_census_does_no_harm(bool newConnectionIsSeenFirst)
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess parent = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await ToCensusAsync(parent);
        await parent.CensusAsync(1, Managed(3999999));
        FakeProcess before = await harness.JoinAsync(3999999);
        await before.ExpectCheckpointAsync();
        FakeProcess after = await ExecAsync(harness, before, newConnectionIsSeenFirst);
        Task suspended = AfterCheckpointMessageAsync(after);
        await Task.WhenAll(suspended, CheckpointFromCensusAsync(parent));
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Equal(2, ManifestReader.Read(harness.DirectoryOf(1)).Processes.Count);

        static async Task AfterCheckpointMessageAsync(FakeProcess process)
        {
            await process.ExpectCheckpointAsync();
            await process.DoneAsync(1, Phase.Suspend);
            await CheckpointFromCensusAsync(process);
        }
    }

    [Fact]
    public async Task The_only_process_may_call_exec_while_it_is_being_suspended()
    {
        await using var harness = new CoordinatorHarness();
        using var real = Process.Start("/bin/sleep", "1000");
        try
        {
            string executable = File.ResolveLinkTarget($"/proc/{real.Id}/exe", returnFinalTarget: false)!.FullName;
            FakeProcess before = await harness.JoinAsync(real.Id, executable: executable);
            Task<ResponseMessage> response = harness.CheckpointAsync();
            await before.ExpectCheckpointAsync();
            before.Dispose();
            await harness.UntilAsync(s => s.Processes.Count == 0);
            FakeProcess after = await harness.JoinAsync(real.Id, executable: executable);
            await after.CheckpointAsync(1);
            Assert.Equal(ExitCode.Ok, (await response).Code);
        }
        finally
        {
            real.Kill();
        }
    }

    [Fact]
    public async Task Two_processes_that_have_the_same_number_are_not_taken_for_one()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess first = await harness.JoinAsync(3999998);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await first.ExpectCheckpointAsync();
        await first.DoneAsync(1, Phase.Suspend);
        await BarrierTests.SettleAsync(harness, first);
        FakeProcess other = await harness.JoinAsync(3999999);
        FakeProcess second = await harness.JoinAsync(3999998);
        await second.ExpectCheckpointAsync();
        await second.DoneAsync(1, Phase.Suspend);
        await BarrierTests.SettleAsync(harness, second);
        harness.Time.Advance(PhaseTable.Default.Get(Operation.Checkpoint, Phase.Suspend).Limit);
        await Task.WhenAll(other.EndsInAbortAsync(1), second.EndsInAbortAsync(1));
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Timeout, answer.Code);
    }

    [Fact]
    public async Task The_process_that_was_asked_may_end()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess[] processes = [await harness.JoinAsync(3999998), await harness.JoinAsync(3999999)];
        Task<ResponseMessage> response = harness.CheckpointAsync();
        foreach (FakeProcess process in processes)
        {
            await process.WalkToAsync(1, Phase.Suspend);
            await process.DoneAsync(1, Phase.Suspend);
        }

        FakeProcess asked = await AskedAsync(processes);
        FakeProcess other = processes.First(p => p != asked);
        asked.Dispose();
        await CheckpointFromCensusAsync(other);
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.Equal(other.Pid, Assert.Single(ManifestReader.Read(harness.DirectoryOf(1)).Processes).Pid);
    }

    [Fact]
    public async Task A_census_that_cannot_be_taken_ends_the_checkpoint()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await ToCensusAsync(process);
        await process.Peer.SendAsync(new FailedMessage(1, Phase.Census, ExitCode.Failure, "open /proc"));
        await process.AbortAsync(1);
        Assert.Contains("open /proc", (await response).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_does_not_answer_the_census_is_named()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await ToCensusAsync(process);
        harness.Time.Advance(PhaseTable.Default.Get(Operation.Checkpoint, Phase.Census).Limit);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Timeout, answer.Code);
        Assert.Contains("process 3999999 (fake)", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_was_not_asked_for_changes_nothing()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        _ = harness.CheckpointAsync();
        await process.ExpectCheckpointAsync();
        await process.CensusAsync(1, Unmanaged(3999998));
        await harness.IgnoredAsync();
        await process.DoneAsync(1, Phase.Suspend);
        await process.EnterDrainAsync(1);
    }

    private static CensusEntry Managed(int pid, string remark = "") => new(pid, 1, "newborn", CensusKind.Managed, remark);

    private static CensusEntry Unmanaged(int pid) => new(pid, 1, "outsider", CensusKind.Unmanaged, "it is statically linked");

    /// <summary>The one of these to which something is said.</summary>
    private static async Task<FakeProcess> AskedAsync(params FakeProcess[] processes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            if (processes.FirstOrDefault(p => p.Peer.HasInput) is { } asked)
            {
                return asked;
            }

            await Task.Yield();
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    private static async Task ToCensusAsync(FakeProcess process)
    {
        await process.ExpectCheckpointAsync();
        await process.DoneAsync(1, Phase.Suspend);
        await process.ExpectCensusAsync(1);
    }

    private static async Task CheckpointFromCensusAsync(FakeProcess process)
    {
        await process.EnterDrainAsync(1);
        await process.FromDrainAsync(1);
    }

    private static async Task<FakeProcess> ExecAsync(CoordinatorHarness harness, FakeProcess before, bool newConnectionIsSeenFirst)
    {
        if (newConnectionIsSeenFirst)
        {
            FakeProcess after = await harness.JoinAsync(before.Pid);
            await harness.UntilAsync(s => s.Processes.Count(p => p.Pid == before.Pid) == 2);
            before.Dispose();
            return after;
        }

        before.Dispose();
        await harness.UntilAsync(s => s.Processes.All(p => p.Pid != before.Pid));
        return await harness.JoinAsync(before.Pid);
    }
}
