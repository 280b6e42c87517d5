using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

public sealed class ConnectionTests
{
    [Fact]
    public async Task A_peer_with_another_secret_is_told_so_and_dropped()
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer peer = await FakePeer.ConnectAsync(harness.Address);
        ChallengeMessage challenge = await peer.ExpectAsync<ChallengeMessage>();
        await peer.SendAsync(Handshake.Answer(new byte[32], challenge, ConnectionRole.Client, new byte[32]));
        Assert.Contains("secret", (await peer.ExpectAsync<RefuseMessage>()).Reason, StringComparison.Ordinal);
        await peer.ExpectCloseAsync();
        await harness.Log.NextAsync("Refused");
    }

    [Fact]
    public async Task A_peer_that_says_nothing_is_dropped()
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer peer = await FakePeer.ConnectAsync(harness.Address);
        await peer.ExpectAsync<ChallengeMessage>();
        harness.Time.Advance(Handshake.Limit);
        await peer.ExpectCloseAsync();
        await harness.Log.NextAsync("Refused");
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("01040000")]
    [InlineData("FFFFFFFF")]
    [InlineData("474554202F20485454502F312E310D0A")]
    [InlineData("0400000092C1C1C1")]
    [InlineData("03000000942807")]
    public async Task A_stranger_gets_no_further_than_its_first_frame(string hex)
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer peer = await FakePeer.ConnectAsync(harness.Address);
        await peer.ExpectAsync<ChallengeMessage>();
        await peer.SendRawAsync(Convert.FromHexString(hex));
        await peer.ExpectCloseAsync();
        await harness.Log.NextAsync("Refused");
    }

    [Fact]
    public async Task Challenges_do_not_repeat()
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer first = await FakePeer.ConnectAsync(harness.Address);
        using FakePeer second = await FakePeer.ConnectAsync(harness.Address);
        ChallengeMessage a = await first.ExpectAsync<ChallengeMessage>();
        ChallengeMessage b = await second.ExpectAsync<ChallengeMessage>();
        Assert.NotEqual(a.Nonce, b.Nonce);
    }

    [Fact]
    public async Task A_process_that_breaks_the_protocol_is_dropped_and_its_checkpoint_given_up()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess broken = await harness.JoinAsync(3999998);
        FakeProcess other = await harness.JoinAsync(3999999);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(broken.WalkToAsync(1, Phase.Drain), other.WalkToAsync(1, Phase.Drain));
        await broken.Peer.SendRawAsync([0xFF, 0xFF, 0xFF, 0xFF]);
        await other.AbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await response).Code);
        await harness.Log.NextAsync("Dropped");
    }

    [Fact]
    public async Task A_process_must_not_send_what_only_a_coordinator_may()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        await process.Peer.SendAsync(new KillMessage(9));
        await process.Peer.ExpectCloseAsync();
        await harness.UntilAsync(s => s.Processes.Count == 0);
    }

    [Fact]
    public async Task Requests_are_answered_over_the_network_and_several_on_one_connection()
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer client = await FakePeer.AuthenticatedAsync(harness.Address, CoordinatorHarness.Secret, ConnectionRole.Client);
        for (uint id = 1; id < 4; id++)
        {
            await client.SendAsync(new RequestMessage(id, Verb.Status, RawField.Empty));
            ResponseMessage answer = await client.ExpectAsync<ResponseMessage>();
            Assert.Equal((id, ExitCode.Ok), (answer.Id, answer.Code));
            Assert.Equal(
                CoordinatorHarness.Computation, MessageCodec.ReadRecord<StatusReply>(answer.Payload).Computation);
        }
    }

    [Fact]
    public async Task A_request_that_makes_no_sense_is_answered()
    {
        await using var harness = new CoordinatorHarness();
        using FakePeer client = await FakePeer.AuthenticatedAsync(harness.Address, CoordinatorHarness.Secret, ConnectionRole.Client);
        await client.SendAsync(new RequestMessage(1, Verb.Kill, RawField.Empty));
        Assert.Equal(ExitCode.Usage, (await client.ExpectAsync<ResponseMessage>()).Code);
    }

    [Fact]
    public async Task Told_to_quit_it_gives_up_the_checkpoint_answers_and_ends()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess process = await harness.JoinAsync(3999999);
        using FakePeer client = await FakePeer.AuthenticatedAsync(harness.Address, CoordinatorHarness.Secret, ConnectionRole.Client);
        Task<ResponseMessage> checkpoint = harness.CheckpointAsync();
        await process.WalkToAsync(1, Phase.Drain);
        await client.SendAsync(new RequestMessage(1, Verb.Quit, RawField.Empty));
        Assert.Contains("1 process", (await client.ExpectAsync<ResponseMessage>()).Message, StringComparison.Ordinal);
        await process.AbortAsync(1);
        Assert.Equal(ExitCode.Failure, (await checkpoint).Code);
        await client.ExpectCloseAsync();
        await harness.Ended;
        Assert.False(Directory.Exists(harness.DirectoryOf(1)));
    }

    [Fact]
    public async Task A_port_belongs_to_one_coordinator_but_can_be_taken_over_at_once()
    {
        var first = new CoordinatorHarness();
        FakeProcess process = await first.JoinAsync(3999999);
        Assert.Throws<System.Net.Sockets.SocketException>(() => new CoordinatorHarness(o => o with { Listen = first.Address }));

        // The side that closes first keeps the connection in TIME_WAIT.
        first.RequestStop();
        await process.Peer.ExpectCloseAsync();
        await first.DisposeAsync();
        await using var second = new CoordinatorHarness(o => o with { Listen = first.Address });
        await second.JoinAsync(3999998);
    }

    [Fact]
    public async Task Exit_on_last_waits_for_a_first_process_and_ends_with_the_last()
    {
        await using var harness = new CoordinatorHarness(o => o with { Linger = TimeSpan.Zero });
        FakeProcess first = await harness.JoinAsync(3999998);
        FakeProcess last = await harness.JoinAsync(3999999);
        first.Dispose();
        await harness.UntilAsync(s => s.Processes.Count == 1);
        last.Dispose();
        await harness.Ended;
    }

    [Fact]
    public async Task Lingering_ends_when_nobody_has_come_for_that_time()
    {
        await using var harness = new CoordinatorHarness(o => o with { Linger = TimeSpan.FromMinutes(10) });
        FakeProcess process = await harness.JoinAsync(3999999);
        harness.Time.Advance(TimeSpan.FromHours(1));
        process.Dispose();
        await harness.UntilAsync(s => s.Processes.Count == 0);
        harness.Time.Advance(TimeSpan.FromMinutes(9));
        await harness.StatusAsync();
        harness.Time.Advance(TimeSpan.FromMinutes(1));
        await harness.Ended;
    }
}
