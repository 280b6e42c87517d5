using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>What becomes of files that changed between the checkpoint and the restart.</summary>
public sealed class FilePolicyTests
{
    [Fact]
    public Task Log_that_grew_is_continued_without_gap_or_repetition() => Sandbox.UseAsync(TestUser.User, "append", async sandbox =>
    {
        string log = Path.Combine(sandbox.Work, "log");
        Application application = Application.Start(sandbox, [], Installation.Guest("append_log"), sandbox.GoFile, log);
        await application.Current.WaitForLineAsync("READY");
        await application.WaitUntilRunningAsync();
        await application.CheckpointAsync();
        int lines = File.ReadLines(log).Count();
        await Poll.UntilAsync("more lines", () => File.ReadLines(log).Count() > lines + 50);
        await application.KillAsync();
        await application.RestartAsync();
        Assert.Contains("log", application.Current.Error, StringComparison.Ordinal);
        sandbox.Go();
        await application.MustPassAsync("append_log");
        string[] found = File.ReadAllLines(log);
        Assert.Equal(Enumerable.Range(0, found.Length).Select(number => $"{number}"), found);
    });

    [Fact]
    public Task Missing_open_file_is_refused_by_name() => Sandbox.UseAsync(TestUser.User, "gone", async sandbox =>
    {
        string log = Path.Combine(sandbox.Work, "log-file");
        Application application = Application.Start(sandbox, [], Installation.Guest("append_log"), sandbox.GoFile, log);
        await application.Current.WaitForLineAsync("READY");
        await application.WaitUntilRunningAsync();
        await application.CheckpointAsync();
        await application.KillAsync();
        File.Delete(log);
        CommandResult result = await sandbox.InterposeAsync("restart", application.Checkpoint);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("log-file", result.Error, StringComparison.Ordinal);
    });
}
