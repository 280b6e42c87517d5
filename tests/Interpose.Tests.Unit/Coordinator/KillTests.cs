using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

public sealed class KillTests
{
    [Fact]
    public async Task Who_holds_the_connection_but_does_not_die_is_found_and_killed()
    {
        await using var harness = new CoordinatorHarness();

        // It does not know what a Kill message is, as a stopped process does not hear of one.
        using var peer = new TalkingProcess(harness.Address);
        await peer.JoinAsync(CoordinatorHarness.Secret, 3999999);
        await harness.UntilAsync(s => s.Processes.Count == 1);
        Task<ResponseMessage> response = harness.RequestAsync(Verb.Kill, new KillArguments(9));
        Assert.Equal(new KillReply(1, 0), MessageCodec.ReadRecord<KillReply>((await response).Payload));
        await peer.EndAsync();
    }
}
