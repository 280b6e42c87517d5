using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Guests;

/// <summary>What is done to a guest between its READY and its verdict.</summary>
internal static class GuestScenario
{
    /// <summary>Nothing, and without interpose: the guest itself must be right.</summary>
    public static Task PlainAsync(TestUser user, string name) => Sandbox.UseAsync(user, name, async sandbox =>
    {
        RunningProgram guest = sandbox.Start(Installation.Guest(name), sandbox.GoFile);
        await guest.WaitForLineAsync("READY");
        sandbox.Go();
        CommandResult result = await guest.WaitAsync();
        Assert.Contains($"PASS {name}", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    });

    /// <summary>Two checkpoints, after each of which the program goes on.</summary>
    public static Task ResumedAsync(TestUser user, string name) => Sandbox.UseAsync(user, name, async sandbox =>
    {
        Application application = await Application.StartGuestAsync(sandbox, name);
        await application.CheckpointAsync();
        await application.CheckpointAsync();
        sandbox.Go();
        await application.MustPassAsync(name);
    });

    /// <summary>Two generations: the restarted program is itself checkpointed, killed and restarted.</summary>
    public static Task RestartedAsync(TestUser user, string name, string codec) => Sandbox.UseAsync(user, name, async sandbox =>
    {
        Application application = await Application.StartGuestAsync(sandbox, name, "--codec", codec);
        await application.NextGenerationAsync();
        await application.NextGenerationAsync();
        sandbox.Go();
        await application.MustPassAsync(name);
    });
}
