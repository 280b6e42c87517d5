using System.Globalization;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Leaks;

/// <summary>What a computation shares with a process that is really outside is named, and may refuse the checkpoint.</summary>
public sealed class LeakTests
{
    private const int Unsupported = 7;

    [RootFact]
    public Task Root_is_told_of_leaks() => LeaksAreToldAsync(TestUser.Root);

    [Fact]
    public Task User_is_told_of_leaks() => LeaksAreToldAsync(TestUser.User);

    [Fact]
    public Task A_computation_by_itself_passes_the_strictest_policy() =>
        Sandbox.UseAsync(TestUser.User, "sealed", async sandbox =>
        {
            // Its output goes to files that nobody else has open for writing, its input is /dev/null.
            Application application = await Application.StartGuestAsync(sandbox, "shared_pipes", "--leaks", "fail");
            CommandResult shown = await sandbox.InterposeAsync("check", "--leaks");
            Assert.True(shown.ExitCode == 0, shown.Output);
            await application.NextGenerationAsync();
            sandbox.Go();
            await application.MustPassAsync("shared_pipes");
        });

    private static Task LeaksAreToldAsync(TestUser user) => Sandbox.UseAsync(user, "leaks", async sandbox =>
    {
        string programs = Path.Combine(Installation.Repository, "tests", "programs", "leaks");
        string done = Path.Combine(sandbox.Work, "done");
        RunningProgram outside = sandbox.Start(
            "sh", "-c", $"while ! [ -e {done} ]; do sleep 0.1; done | python3 {programs}/outside.py {sandbox.Work}");
        await Poll.UntilAsync("the port of the process outside", () => outside.Output.Contains('\n', StringComparison.Ordinal));
        string port = outside.Output.Split('\n')[0];
        RunningProgram shell = sandbox.Start(
            "sh", "-c",
            $"exec 9>{sandbox.Work}/log; {Installation.Interpose} run --new-coordinator -- python3 {programs}/inside.py {sandbox.Work} {port} {sandbox.GoFile} | cat; exit 0");
        await shell.WaitForLineAsync("READY");
        CommandResult look = await sandbox.InterposeAsync("check", "--leaks");
        Assert.Equal(Unsupported, look.ExitCode);
        string shown = look.Output;
        Assert.Contains("fd 1 of pid ", shown, StringComparison.Ordinal);
        Assert.Contains("(cat) (a restart puts its own in its place)", shown, StringComparison.Ordinal);
        Assert.Contains("shares its offset with fd 9 of pid ", shown, StringComparison.Ordinal);
        string[] expected =
        [
            $"{sandbox.Work}/fifo is also open in pid ",
            string.Create(CultureInfo.InvariantCulture, $"to 127.0.0.1:{port} of pid "),
            "is connected to socket:[",
            $"{sandbox.Work}/memory is also mapped in pid ",
        ];
        Assert.All(expected, text => Assert.Contains(text, shown, StringComparison.Ordinal));

        CommandResult made = (await sandbox.InterposeAsync("checkpoint")).MustSucceed();
        Assert.All(expected, text => Assert.Contains(text, made.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("fd 1 of pid", made.Error, StringComparison.Ordinal);

        sandbox.Go();
        await shell.WaitAsync();
        File.WriteAllText(done, string.Empty);
        await outside.WaitAsync();
    });
}
