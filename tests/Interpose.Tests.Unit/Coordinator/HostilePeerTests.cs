using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>Peers that know no secret, and somebody between the coordinator and those that do.</summary>
public sealed class HostilePeerTests
{
    [Fact]
    public async Task Silent_strangers_keep_nobody_out()
    {
        const int capacity = 8;
        await using var harness = new CoordinatorHarness(o => o with { MaxNewcomers = capacity });
        var strangers = new List<FakePeer>();
        for (int i = 0; i < 3 * capacity; i++)
        {
            strangers.Add(await FakePeer.ConnectAsync(harness.Address));
        }

        // The clock stands still: no limit of time frees a place.
        using FakePeer client = await FakePeer.AuthenticatedAsync(harness.Address, CoordinatorHarness.Secret, ConnectionRole.Client);
        await client.SendAsync(new RequestMessage(1, Verb.Status, RawField.Empty));
        Assert.Equal(ExitCode.Ok, (await client.ExpectAsync<ResponseMessage>()).Code);
        strangers.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Refusals_do_not_fill_the_log()
    {
        await using var harness = new CoordinatorHarness();
        for (int i = 0; i < 300; i++)
        {
            using FakePeer peer = await FakePeer.ConnectAsync(harness.Address);
            await peer.ExpectAsync<ChallengeMessage>();
            await peer.SendRawAsync([0xFF, 0xFF, 0xFF, 0xFF]);
            await peer.ExpectCloseAsync();
        }

        Assert.Equal(100, harness.Log.Lines.Count(line => line.StartsWith("Refused:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_repeated_frame_ends_the_connection_and_is_logged()
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer client = await FakePeer.AuthenticatedAsync(harness.Address, CoordinatorHarness.Secret, ConnectionRole.Client);
        byte[] kill = client.Wrap(new RequestMessage(1, Verb.Status, RawField.Empty));
        await client.SendRawAsync(kill);
        Assert.Equal(ExitCode.Ok, (await client.ExpectAsync<ResponseMessage>()).Code);
        await client.SendRawAsync(kill);
        await client.ExpectCloseAsync();
        await harness.Log.NextAsync("Refused");
    }

    [Fact]
    public async Task A_frame_of_another_connection_ends_this_one()
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer first = await FakePeer.AuthenticatedAsync(harness.Address, CoordinatorHarness.Secret, ConnectionRole.Client);
        using FakePeer second = await FakePeer.AuthenticatedAsync(harness.Address, CoordinatorHarness.Secret, ConnectionRole.Client);
        await second.SendRawAsync(first.Wrap(new RequestMessage(1, Verb.Quit, RawField.Empty)));
        await second.ExpectCloseAsync();
        await first.SendRawAsync(first.Wrap(new RequestMessage(2, Verb.Status, RawField.Empty)));
        await first.ExpectCloseAsync();
    }

    [Fact]
    public async Task An_altered_frame_of_a_process_gives_up_the_checkpoint()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess altered = await harness.JoinAsync(3999998);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(altered.WalkToAsync(1, Phase.Drain), other.WalkToAsync(1, Phase.Drain));
        byte[] frame = altered.Peer.Wrap(new PhaseDoneMessage(1, Phase.Drain, null));
        frame[^1] ^= 1;
        await altered.Peer.SendRawAsync(frame);
        await other.AbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await response).Code);
        await harness.Log.NextAsync("Dropped");
    }
}
