using Interpose.Coordinator.Storage;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

public sealed class RequestTests
{
    [Fact]
    public async Task A_second_checkpoint_comes_after_the_first()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> first = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Drain);
        Task<ResponseMessage> second = harness.CheckpointAsync();
        await process.FromDrainAsync(1);
        Assert.Equal(harness.DirectoryOf(1), MessageCodec.ReadRecord<CheckpointReply>((await first).Payload).Path);
        await process.CheckpointAsync(2);
        Assert.Equal(harness.DirectoryOf(2), MessageCodec.ReadRecord<CheckpointReply>((await second).Payload).Path);
    }

    [Fact]
    public async Task A_second_checkpoint_is_made_when_the_first_has_failed()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> first = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Drain);
        Task<ResponseMessage> second = harness.CheckpointAsync();
        await process.Peer.SendAsync(new FailedMessage(1, Phase.Drain, ExitCode.Failure, "no"));
        await process.EndsInAbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await first).Code);
        await process.CheckpointAsync(2);
        Assert.Equal(ExitCode.Ok, (await second).Code);
    }

    [Fact]
    public async Task Without_processes_there_is_nothing_to_checkpoint()
    {
        await using var harness = new CoordinatorHarness();
        Assert.Equal(ExitCode.Busy, (await harness.CheckpointAsync()).Code);
        Assert.Empty(Directory.GetDirectories(harness.Root));
    }

    [Fact]
    public async Task No_wait_returns_when_the_checkpoint_has_begun()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        ResponseMessage answer = await harness.CheckpointAsync(wait: false);
        Assert.Equal(harness.DirectoryOf(1), MessageCodec.ReadRecord<CheckpointReply>(answer.Payload).Path);
        Assert.False(harness.HasManifest(1));
        await process.CheckpointAsync(1);
        await harness.UntilAsync(s => s.LastCheckpoint.Epoch == 1);
        Assert.True(harness.HasManifest(1));
    }

    [Fact]
    public async Task Stop_ends_the_process_when_the_manifest_is_on_disk_and_answers_when_it_is_gone()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync(stop: true);
        Assert.True((await process.WalkToAsync(1, Phase.Snapshot)).Stop);
        await process.DoneAsync(1, Phase.Snapshot);
        await harness.UntilAsync(s => s.Phase == Phase.Write);
        Assert.False(process.Peer.HasInput);
        await process.WriteAsync(1);

        // It has not run since the picture: neither Refill nor Resume came in between.
        Assert.Equal(9, (await process.Peer.ExpectAsync<KillMessage>()).Signal);
        Assert.True(harness.HasManifest(1));
        Assert.False(response.IsCompleted);
        process.Dispose();
        Assert.Equal(ExitCode.Ok, (await response).Code);
    }

    [Fact]
    public async Task A_checkpoint_that_fails_does_not_stop_the_process()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync(stop: true);
        await process.WalkToAsync(1, Phase.Drain);
        await process.Peer.SendAsync(new FailedMessage(1, Phase.Drain, ExitCode.Failure, "no"));
        await process.AbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await response).Code);
        Assert.Single((await harness.StatusAsync()).Processes);
        Assert.False(process.Peer.HasInput);
    }

    [Fact]
    public async Task When_writing_fails_a_process_that_was_to_be_stopped_runs_on()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync(stop: true);
        await process.WalkToAsync(1, Phase.Snapshot);
        await process.DoneAsync(1, Phase.Snapshot);
        await harness.UntilAsync(s => s.Phase == Phase.Write);
        await process.Peer.SendAsync(new FailedMessage(1, Phase.Write, ExitCode.Failure, "disk full"));
        await process.AbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await response).Code);
        Assert.False(process.Peer.HasInput);
    }

    [Fact]
    public async Task A_limit_for_the_whole_checkpoint_holds_in_every_phase()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync(timeout: TimeSpan.FromSeconds(2));
        await process.WalkToAsync(1, Phase.Drain);
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        await process.AbortAsync(1);
        Assert.Equal(ExitCode.Timeout, (await response).Code);
    }

    [Fact]
    public async Task A_limit_for_the_whole_checkpoint_replaces_that_of_the_writing()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync(timeout: TimeSpan.FromHours(5));
        await process.WalkToAsync(1, Phase.Write);
        await harness.UntilAsync(s => s.Phase == Phase.Write);
        harness.Time.Advance(TimeSpan.FromHours(4));
        await process.WriteAsync(1);
        Assert.Equal(ExitCode.Ok, (await response).Code);
    }

    [Fact]
    public async Task Epochs_go_on_from_what_is_there_even_if_it_is_unfinished()
    {
        await using var harness = new CoordinatorHarness();
        Directory.CreateDirectory(harness.DirectoryOf(7));
        Directory.CreateDirectory(Path.Combine(harness.Root, CoordinatorHarness.Computation, "not-a-number"));
        FakeProcess process = await harness.JoinAsync(3999999);
        await BarrierTests.SucceedsAsync(harness, process, 8);
        await BarrierTests.SucceedsAsync(harness, process, 9);
    }

    [Fact]
    public async Task A_number_that_was_given_up_is_not_used_again()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Write);
        await process.Peer.SendAsync(new FailedMessage(1, Phase.Write, ExitCode.Failure, "disk full"));
        await process.AbortAsync(1);
        await response;
        await BarrierTests.SucceedsAsync(harness, process, 2);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_fails_before_anything_is_suspended()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        await File.WriteAllTextAsync(Path.Combine(harness.Root, CoordinatorHarness.Computation), "in the way");
        ResponseMessage answer = await harness.CheckpointAsync();
        Assert.Equal(ExitCode.Failure, answer.Code);
        Assert.Contains(harness.Root, answer.Message, StringComparison.Ordinal);
        Assert.False(process.Peer.HasInput);
    }

    [Fact]
    public async Task A_manifest_that_cannot_be_written_gives_the_checkpoint_up()
    {
        await using var harness = new CoordinatorHarness(store: new FailingStore());
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Write);
        await process.WriteAsync(1);
        await process.AbortAsync(1);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Failure, answer.Code);
        Assert.Contains("No space left", answer.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(harness.DirectoryOf(1)));
    }

    [Fact]
    public async Task An_image_of_another_size_than_reported_is_not_committed()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Write);
        string path = Path.Combine(process.Directory, "h-1.img");
        await File.WriteAllBytesAsync(path, new byte[10]);
        await process.Peer.SendAsync(new PhaseDoneMessage(1, Phase.Write, new ImageReport(path, 11, 1, 1, 1, 1)));
        await process.AbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await response).Code);
    }

    [Fact]
    public async Task The_interval_takes_checkpoints_and_skips_ticks_while_one_is_running()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        await harness.RequestAsync(Verb.Configure, new ConfigureArguments(IntervalMilliseconds: 1000));
        Assert.Equal(1000ul, (await harness.StatusAsync()).IntervalMilliseconds);
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        await process.WalkToAsync(1, Phase.Drain);
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        await harness.Log.NextAsync("TickSkipped");
        await process.DoneAsync(1, Phase.Drain);
        await process.ExpectPhaseAsync(1, Phase.Snapshot);
        await process.DoneAsync(1, Phase.Snapshot);
        await process.ExpectPhaseAsync(1, Phase.Refill);
        await process.DoneAsync(1, Phase.Refill);
        await process.ExpectPhaseAsync(1, Phase.Resume);
        await process.DoneAsync(1, Phase.Resume);
        await process.WriteAsync(1);
        await process.ExpectPhaseAsync(1, Phase.Commit);
        await harness.UntilAsync(s => s.LastCheckpoint.Epoch == 1);
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2ul, (await process.ExpectCheckpointAsync()).Epoch);
    }

    [Fact]
    public async Task Kill_signals_everybody_and_waits_for_the_end()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.RequestAsync(Verb.Kill, new KillArguments(9));
        Assert.Equal(9, (await process.Peer.ExpectAsync<KillMessage>()).Signal);
        process.Dispose();
        Assert.Equal(new KillReply(1, 0), MessageCodec.ReadRecord<KillReply>((await response).Payload));
    }

    [Fact]
    public async Task Kill_reports_who_does_not_die()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.RequestAsync(Verb.Kill, new KillArguments(9));
        await process.Peer.ExpectAsync<KillMessage>();
        harness.Time.Advance(harness.Options.KillLimit);
        await harness.StatusAsync();
        harness.Time.Advance(harness.Options.KillLimit);
        Assert.Equal(ExitCode.Failure, (await response).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public async Task Kill_refuses_what_is_no_signal(int signal)
    {
        await using var harness = new CoordinatorHarness();
        Assert.Equal(ExitCode.Usage, (await harness.RequestAsync(Verb.Kill, new KillArguments(signal))).Code);
    }

    [Fact]
    public async Task An_unknown_request_is_refused()
    {
        await using var harness = new CoordinatorHarness();
        Assert.Equal(ExitCode.Usage, (await harness.RequestAsync("dance", new KillArguments(1))).Code);
    }

    [Fact]
    public async Task Settings_are_checked()
    {
        await using var harness = new CoordinatorHarness();
        Assert.Equal(ExitCode.Usage, (await harness.RequestAsync(Verb.Configure, new ConfigureArguments(Codec: "lzma"))).Code);
        Assert.Equal(ExitCode.Usage, (await harness.RequestAsync(Verb.Configure, new ConfigureArguments(Leaks: "drip"))).Code);
        Assert.Equal(ExitCode.Usage, (await harness.RequestAsync(Verb.Configure, new ConfigureArguments(CheckpointRoot: "here"))).Code);
    }

    private sealed class FailingStore : ICheckpointStore
    {
        private readonly CheckpointDirectories _real = new();

        public (ulong Epoch, string Directory) CreateNext(string root, string computation, ulong minimum) =>
            _real.CreateNext(root, computation, minimum);

        public void Commit(CheckpointRecord record) => throw new IOException("No space left on device");

        public void Remove(string directory) => _real.Remove(directory);
    }
}
