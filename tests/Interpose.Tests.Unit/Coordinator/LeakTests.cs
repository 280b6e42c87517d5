using Interpose.Leaks;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>What a checkpoint does about leaks; how they are found is tested with real processes.</summary>
public sealed class LeakTests
{
    private static readonly Leak s_pipe = new(42, "python3", "fd 7", "pipe:[9123]", "is also open in pid 88 (tee)");
    private static readonly Leak s_terminal = new(42, "python3", "fd 0", "/dev/pts/3", "is also open in pid 88 (bash)", IsReplaced: true);

    [Fact]
    public async Task Are_named_when_the_checkpoint_is_made()
    {
        await using var harness = Harness(LeakPolicy.Warn, s_terminal, s_pipe);
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.CheckpointAsync(1);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Ok, answer.Code);
        Assert.Contains("fd 7 of pid 42 (python3): pipe:[9123] is also open in pid 88 (tee)", answer.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/dev/pts/3", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuse_the_checkpoint_before_anything_is_drained_when_that_is_the_policy()
    {
        await using var harness = Harness(LeakPolicy.Fail, s_terminal);
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.ExpectCheckpointAsync();
        await process.DoneAsync(1, Phase.Suspend);
        await process.ExpectCensusAsync(1);
        await process.CensusAsync(1);
        Assert.Contains("/dev/pts/3", await process.AbortAsync(1), StringComparison.Ordinal);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Unsupported, answer.Code);
        Assert.Contains("--leaks warn", answer.Message, StringComparison.Ordinal);
        Assert.False(harness.HasManifest(1));
    }

    [Fact]
    public async Task That_come_during_the_checkpoint_refuse_it_too()
    {
        int looks = 0;
        await using var harness = new CoordinatorHarness(o => o with { Leaks = LeakPolicy.Fail, FindLeaks = _ => looks++ == 0 ? [] : [s_pipe] });
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Write);
        await process.WriteAsync(1);
        await process.AbortAsync(1);
        Assert.Equal(ExitCode.Unsupported, (await response).Code);
        Assert.False(harness.HasManifest(1));
    }

    [Theory]
    [InlineData(LeakPolicy.Warn)]
    [InlineData(LeakPolicy.Fail)]
    public async Task Are_no_connections_between_hosts_of_the_computation(string policy)
    {
        Leak own = s_pipe with { Elsewhere = (1, 2) };
        await using var harness = Harness(policy, own);
        ResponseMessage answer = await OverTwoHostsAsync(harness);
        Assert.Equal((ExitCode.Ok, string.Empty), (answer.Code, answer.Message));
    }

    [Fact]
    public async Task Are_connections_to_hosts_that_are_none_of_the_computation()
    {
        await using var harness = Harness(LeakPolicy.Warn, s_pipe with { Elsewhere = (1, 3) });
        Assert.Contains("pipe:[9123]", (await OverTwoHostsAsync(harness)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Are_not_looked_for_when_nobody_wants_to_know()
    {
        await using var harness = new CoordinatorHarness(o => o with { FindLeaks = _ => throw new InvalidOperationException("looked") });
        FakeProcess process = await harness.JoinAsync(3999999);
        await harness.RequestAsync(Verb.Configure, new ConfigureArguments(Leaks: LeakPolicy.Ignore));
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.CheckpointAsync(1);
        Assert.Equal(string.Empty, (await response).Message);
    }

    [Fact]
    public async Task That_cannot_be_looked_for_are_told_and_cost_nobody_a_checkpoint()
    {
        await using var harness = new CoordinatorHarness(o => o with { FindLeaks = _ => throw new InvalidOperationException("no /proc") });
        FakeProcess process = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await process.CheckpointAsync(1);
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Ok, answer.Code);
        Assert.Contains("no /proc", answer.Message, StringComparison.Ordinal);
    }

    private static async Task<ResponseMessage> OverTwoHostsAsync(CoordinatorHarness harness)
    {
        FakeProcess[] all = [await harness.JoinAsync(3999998), await harness.JoinAsync(3999999, host: "elsewhere")];
        Task<ResponseMessage> response = harness.CheckpointAsync();
        foreach (FakeProcess process in all)
        {
            await process.ExpectCheckpointAsync();
        }

        foreach (FakeProcess process in all)
        {
            await process.DoneAsync(1, Phase.Suspend);
        }

        // Each host is asked who is there.
        await Task.WhenAll(all.Select(p => p.EnterDrainAsync(1)));
        foreach (FakeProcess process in all)
        {
            await process.Peer.SendAsync(new PhaseDoneMessage(1, Phase.Drain, null) { Published = [new(128, 1, 2, 7)] });
        }

        foreach (FakeProcess process in all)
        {
            Assert.Equal(Phase.Snapshot, (await process.Peer.ExpectAsync<EnterPhaseMessage>()).Phase);
        }

        foreach (Phase phase in new[] { Phase.Snapshot, Phase.Refill, Phase.Resume })
        {
            foreach (FakeProcess process in all)
            {
                await process.DoneAsync(1, phase);
            }

            foreach (FakeProcess process in phase < Phase.Resume ? all : [])
            {
                await process.ExpectPhaseAsync(1, phase + 1);
            }
        }

        foreach (FakeProcess process in all)
        {
            await process.WriteAsync(1);
        }

        return await response;
    }

    private static CoordinatorHarness Harness(string policy, params Leak[] leaks) =>
        new(o => o with { Leaks = policy, FindLeaks = _ => leaks });
}
