using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Outside;

/// <summary>Peers outside stay connected over a checkpoint, and none of them can hold it up.</summary>
public sealed class OutsidePeerTests
{
    private const int Checkpoints = 5;

    [Theory]
    [InlineData("root")]
    [InlineData("user")]
    public Task A_connection_goes_on_over_checkpoints(string user) => RunAsync(user, "echo", "always", said =>
    {
        Assert.Contains("ANSWER peer", said, StringComparison.Ordinal);
        Assert.DoesNotContain("LOST", said, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("root", "silent")]
    [InlineData("user", "silent")]
    [InlineData("root", "endless")]
    [InlineData("user", "endless")]
    [InlineData("user", "mute")]
    public Task A_peer_that_does_not_behave_holds_nothing_up(string user, string kind) => RunAsync(user, kind, "full", _ => { });

    private static Task RunAsync(string user, string server, string client, Action<string> verify) =>
        user == "root" && !TestUser.IsRoot ? Task.CompletedTask : Sandbox.UseAsync(TestUser.Named(user), "outside", async sandbox =>
        {
            int port = await OutsidePeer.ServeAsync(sandbox, "peer", server);
            Application application = await OutsidePeer.ConnectAsync(sandbox, port, client);
            for (int i = 0; i < Checkpoints; i++)
            {
                await application.CheckpointAsync();
            }

            verify(await OutsidePeer.FinishAsync(sandbox, application));
        });
}
