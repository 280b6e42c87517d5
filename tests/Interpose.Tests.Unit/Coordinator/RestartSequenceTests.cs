using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Tests.Unit.Coordinator;

public sealed class RestartSequenceTests
{
    private static readonly Phase[] AfterCreate = [Phase.Connect, Phase.Refill, Phase.Resume];

    [Fact]
    public async Task Restored_processes_go_on_together_and_can_be_checkpointed_again()
    {
        await using var harness = new CoordinatorHarness();
        Assert.Equal(ExitCode.Ok, (await AnnounceAsync(harness, processes: 2)).Code);
        FakeProcess first = await harness.JoinAsync(3999998, restored: true, epoch: 4);
        await first.DoneAsync(4, Phase.Create);
        await BarrierTests.SettleAsync(harness, first);
        Assert.False(first.Peer.HasInput);
        FakeProcess second = await harness.JoinAsync(3999999, restored: true, epoch: 4);
        await second.DoneAsync(4, Phase.Create);
        foreach (Phase phase in AfterCreate)
        {
            await Task.WhenAll(first.ExpectPhaseAsync(4, phase), second.ExpectPhaseAsync(4, phase));
            await Task.WhenAll(first.DoneAsync(4, phase), second.DoneAsync(4, phase));
        }

        await harness.UntilAsync(s => s.Phase == Phase.Running);
        Assert.Equal("earlier", (await harness.StatusAsync()).Computation);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(first.CheckpointAsync(5), second.CheckpointAsync(5));
        Assert.Equal(ExitCode.Ok, (await response).Code);
        Assert.True(Directory.Exists(harness.DirectoryOf(5, "earlier")));
    }

    [Fact]
    public async Task A_process_may_end_as_soon_as_it_is_let_go()
    {
        await using var harness = new CoordinatorHarness();
        await AnnounceAsync(harness, processes: 2);
        FakeProcess first = await harness.JoinAsync(3999998, restored: true, epoch: 4);
        FakeProcess second = await harness.JoinAsync(3999999, restored: true, epoch: 4);
        await Task.WhenAll(first.DoneAsync(4, Phase.Create), second.DoneAsync(4, Phase.Create));
        foreach (Phase phase in AfterCreate)
        {
            await Task.WhenAll(first.ExpectPhaseAsync(4, phase), second.ExpectPhaseAsync(4, phase));
            if (phase != Phase.Resume)
            {
                await Task.WhenAll(first.DoneAsync(4, phase), second.DoneAsync(4, phase));
            }
        }

        second.Peer.Dispose();
        await harness.UntilAsync(s => s.Processes.Count == 1);
        await first.DoneAsync(4, Phase.Resume);
        await harness.UntilAsync(s => s.Phase == Phase.Running);
        Assert.Single((await harness.StatusAsync()).Processes);
        Assert.False(first.Peer.HasInput);
    }

    [Fact]
    public async Task A_restart_does_not_join_a_computation_that_runs()
    {
        await using var harness = new CoordinatorHarness();
        await harness.JoinAsync(3999999);
        Assert.Equal(ExitCode.Busy, (await AnnounceAsync(harness)).Code);
        Assert.Equal(CoordinatorHarness.Computation, (await harness.StatusAsync()).Computation);
    }

    [Fact]
    public async Task During_a_restart_there_is_no_checkpoint()
    {
        await using var harness = new CoordinatorHarness();
        await AnnounceAsync(harness);
        FakeProcess process = await harness.JoinAsync(3999999, restored: true, epoch: 4);
        Assert.Equal(ExitCode.Busy, (await harness.CheckpointAsync()).Code);
        Assert.False(process.Peer.HasInput);
    }

    [Fact]
    public async Task When_a_process_does_not_come_back_the_others_are_ended()
    {
        await using var harness = new CoordinatorHarness();
        await AnnounceAsync(harness, processes: 2);
        FakeProcess process = await harness.JoinAsync(3999999, restored: true, epoch: 4);
        await process.DoneAsync(4, Phase.Create);
        await BarrierTests.SettleAsync(harness, process);
        harness.Time.Advance(PhaseTable.Default.Get(Operation.Restart, Phase.Create).Limit);
        Assert.Equal(9, (await process.Peer.ExpectAsync<KillMessage>()).Signal);
        await harness.UntilAsync(s => s.Phase == Phase.Running);
    }

    [Fact]
    public async Task A_process_that_does_not_come_back_is_named_and_ended_when_it_comes_late()
    {
        await using var harness = new CoordinatorHarness();
        await harness.RequestAsync(Verb.Restart, Announcement(2) with
        {
            Expected = [new(3999998, "h", "first"), new(3999999, "h", "second")],
        });
        FakeProcess process = await harness.JoinAsync(3999998, restored: true, epoch: 4);
        await process.DoneAsync(4, Phase.Create);
        await BarrierTests.SettleAsync(harness, process);
        harness.Time.Advance(PhaseTable.Default.Get(Operation.Restart, Phase.Create).Limit);
        await process.Peer.ExpectAsync<KillMessage>();
        await harness.Log.NextAsync("RestartFailed");
        string failure = harness.Log.Lines.Last(l => l.StartsWith("RestartFailed", StringComparison.Ordinal));
        Assert.Contains("process 3999999 (second)", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("3999998", failure, StringComparison.Ordinal);
        FakeProcess late = await harness.JoinAsync(3999999, restored: true, epoch: 4);
        Assert.Equal(9, (await late.Peer.ExpectAsync<KillMessage>()).Signal);
    }

    [Fact]
    public async Task When_a_process_dies_while_connecting_the_others_are_ended()
    {
        await using var harness = new CoordinatorHarness();
        await AnnounceAsync(harness, processes: 2);
        FakeProcess dying = await harness.JoinAsync(3999998, restored: true, epoch: 4);
        FakeProcess other = await harness.JoinAsync(3999999, restored: true, epoch: 4);
        await Task.WhenAll(dying.DoneAsync(4, Phase.Create), other.DoneAsync(4, Phase.Create));
        await Task.WhenAll(dying.ExpectPhaseAsync(4, Phase.Connect), other.ExpectPhaseAsync(4, Phase.Connect));
        dying.Dispose();
        Assert.Equal(9, (await other.Peer.ExpectAsync<KillMessage>()).Signal);
    }

    [Fact]
    public async Task A_withdrawn_restart_leaves_the_coordinator_free()
    {
        await using var harness = new CoordinatorHarness();
        await AnnounceAsync(harness);
        await harness.RequestAsync(Verb.WithdrawRestart, Announcement(1));
        Assert.Equal(ExitCode.Ok, (await AnnounceAsync(harness)).Code);
    }

    [Fact]
    public async Task Who_withdraws_after_another_host_hears_the_cause()
    {
        await using var harness = new CoordinatorHarness();
        await AnnounceAsync(harness);
        Assert.Empty((await harness.RequestAsync(Verb.WithdrawRestart, Announcement(1) with { Reason = "node2: no image" })).Message);
        ResponseMessage second = await harness.RequestAsync(Verb.WithdrawRestart, Announcement(1) with { Reason = "node1: connection broke" });
        Assert.Equal("node2: no image", second.Message);
        Assert.Contains(harness.Log.Lines, line => line.StartsWith("RestartFailed", StringComparison.Ordinal) && line.Contains("node2: no image", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("")]
    [InlineData(".hidden")]
    public async Task A_computation_name_that_is_no_file_name_is_refused(string name)
    {
        await using var harness = new CoordinatorHarness();
        ResponseMessage answer = await harness.RequestAsync(Verb.Restart, Announcement(1) with { Computation = name });
        Assert.Equal(ExitCode.Usage, answer.Code);
    }

    private static RestartArguments Announcement(int processes) => new("earlier", 4, "/c/earlier/000004", processes, string.Empty);

    private static Task<ResponseMessage> AnnounceAsync(CoordinatorHarness harness, int processes = 1) =>
        harness.RequestAsync(Verb.Restart, Announcement(processes));
}
