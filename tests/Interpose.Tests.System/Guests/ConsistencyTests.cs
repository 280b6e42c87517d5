using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Guests;

/// <summary>Messages between many processes arrive once and in order, whenever they are checkpointed and killed.</summary>
public sealed class ConsistencyTests
{
    private const int Cycles = 10;

    [RootFact]
    public Task Root_loses_no_token() => RunAsync(TestUser.Root);

    [Fact]
    public Task User_loses_no_token() => RunAsync(TestUser.User);

    private static Task RunAsync(TestUser user) => Sandbox.UseAsync(user, "tokens", async sandbox =>
    {
        int seed = Random.Shared.Next();
        sandbox.Note($"seed {seed}");
        var random = new Random(seed);
        Application application = Application.Start(sandbox, ["--interval", "1"], Installation.Guest("tokens"), sandbox.GoFile);
        await application.Current.WaitForLineAsync("READY");
        await application.WaitUntilRunningAsync();
        for (int cycle = 0; cycle < Cycles; cycle++)
        {
            // Between no checkpoint at all and several that the program runs on from.
            await Task.Delay(random.Next(0, 5000));
            await application.StopAsync();
            await application.RestartWithAsync(["--interval", "1"]);
            Assert.DoesNotContain("FAIL", application.Output, StringComparison.Ordinal);
        }

        sandbox.Go();
        await application.MustPassAsync("tokens");
    });
}
