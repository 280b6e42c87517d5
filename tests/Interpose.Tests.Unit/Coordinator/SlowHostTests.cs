using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>What status says of a host that the others wait for.</summary>
public sealed class SlowHostTests
{
    [Fact]
    public async Task A_host_that_is_waited_for_is_named_then_and_afterwards()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess quick = await harness.JoinAsync(3999998, host: "quick");
        FakeProcess slow = await harness.JoinAsync(3999999, host: "slow");
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(quick.WalkToAsync(1, Phase.Snapshot), slow.WalkToAsync(1, Phase.Snapshot));
        await quick.DoneAsync(1, Phase.Snapshot);
        await harness.UntilAsync(s => s.Waiting.StartsWith("slow (1 of 1 processes)", StringComparison.Ordinal));
        harness.Time.Advance(TimeSpan.FromSeconds(3));
        await slow.DoneAsync(1, Phase.Snapshot);
        foreach (Phase phase in new[] { Phase.Refill, Phase.Resume })
        {
            foreach (FakeProcess process in new[] { quick, slow })
            {
                await process.ExpectPhaseAsync(1, phase);
                await process.DoneAsync(1, phase);
            }
        }

        await Task.WhenAll(quick.WriteAsync(1), slow.WriteAsync(1));
        Assert.Equal(ExitCode.Ok, (await response).Code);
        await harness.UntilAsync(s => s.Waiting.Length == 0 && s.Slowest.StartsWith("slow: phase Snapshot 3.0 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_an_adoption_there_is_no_checkpoint_before_all_hosts_have_come_back()
    {
        await using var harness = new CoordinatorHarness(o => o with { AwaitedHosts = ["far", Environment.MachineName], LastEpoch = 7 });
        await harness.JoinAsync(3999998);
        await harness.UntilAsync(s => s.Waiting.StartsWith("far", StringComparison.Ordinal) && s.Epoch == 7);
        ResponseMessage refused = await harness.CheckpointAsync();
        Assert.Equal(ExitCode.Busy, refused.Code);
        Assert.Contains("far", refused.Message, StringComparison.Ordinal);
        await harness.JoinAsync(3999999, host: "far");
        await harness.UntilAsync(s => s.Waiting.Length == 0);
    }
}
