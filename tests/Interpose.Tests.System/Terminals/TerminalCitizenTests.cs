using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Terminals;

/// <summary>The commands themselves in a terminal, and where there is none.</summary>
public sealed class TerminalCitizenTests
{
    private const string Talk = "sh -c 'echo ready; cat; echo end=$?'";

    /// <summary>What the outer shell does with the job it does with every process of the computation, in both lives.</summary>
    [Fact]
    public Task The_outer_shell_stops_and_continues_the_whole_computation() => Sandbox.UseAsync(TestUser.User, "jobs", async sandbox =>
    {
        TerminalScenario.Prepare(sandbox);
        OutsideTerminal first = await OutsideTerminal.OpenAsync(sandbox, "first", 80, 24);
        await first.EnterAsync($"clear; {OutsideTerminal.Start} --new-coordinator -- sh -c 'tail -f numbers >a & tail -f numbers >b'");
        await StopAndContinueAsync(sandbox, first);
        string checkpoint = await TerminalScenario.StopAsync(sandbox, first);

        OutsideTerminal second = await OutsideTerminal.OpenAsync(sandbox, "second", 100, 30);
        await second.EnterAsync($"clear; $I restart {checkpoint}");
        await second.UntilAsync("the restored program", () => TerminalScenario.IsRunningAsync(sandbox));
        await StopAndContinueAsync(sandbox, second);
        await second.PressAsync("C-c");
        await second.WaitForShellAsync();
        await second.EnterAsync("echo status=$?");
        await second.WaitForAsync("status=130");
    });

    /// <summary>Standard streams of a restart that are files take the places of the terminal, each its own.</summary>
    [Fact]
    public Task Redirections_of_a_restart_are_kept_apart() => Sandbox.UseAsync(TestUser.User, "redirect", async sandbox =>
    {
        string checkpoint = await CheckpointAsync(sandbox);
        OutsideTerminal second = await OutsideTerminal.OpenAsync(sandbox, "second", 100, 30);
        await second.EnterAsync($"clear; $I restart {checkpoint} >out");
        await second.UntilAsync("the restored program", () => TerminalScenario.IsRunningAsync(sandbox));
        await second.EnterAsync("to the file");
        await second.PressAsync("C-d");
        await second.WaitForShellAsync();
        Assert.Equal("to the file\nend=0\n", File.ReadAllText(Path.Combine(sandbox.Work, "out")));

        await second.EnterAsync($"clear; $I restart {checkpoint} <numbers | tail -n 2");
        await second.WaitForAsync("200\nend=0\n");
    });

    /// <summary>A program that talks to somebody is not restarted where nobody is, unless it is told to do with what there is.</summary>
    [Fact]
    public Task Restart_without_a_terminal_says_what_it_needs() => Sandbox.UseAsync(TestUser.User, "notty", async sandbox =>
    {
        string checkpoint = await CheckpointAsync(sandbox);

        // setsid: whoever runs the tests may have a terminal.
        CommandResult refused = await sandbox.RunAsync("setsid", "-w", Installation.Interpose, "restart", checkpoint);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("uses a terminal, and this command has none", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--no-tty", refused.Error, StringComparison.Ordinal);

        CommandResult given = (await sandbox.RunAsync(
            "sh", "-c", $"exec setsid -w {Installation.Interpose} restart --no-tty {checkpoint} <numbers")).MustSucceed();
        Assert.EndsWith("\n199\n200\nend=0\n", given.Output, StringComparison.Ordinal);
    });

    /// <summary>From cron or in CI: no controlling terminal, input from a file, output to a pipe; the restart needs none either.</summary>
    [Fact]
    public Task A_program_that_never_had_a_terminal_needs_none() => Sandbox.UseAsync(TestUser.User, "cron", async sandbox =>
    {
        TerminalScenario.Prepare(sandbox);
        string fifo = Path.Combine(sandbox.Work, "fifo");
        (await sandbox.RunAsync("mkfifo", fifo)).MustSucceed();
        RunningProgram run = sandbox.Start(
            "sh", "-c",
            $"setsid -w {Installation.Interpose} run --new-coordinator -- sh -c 'read one; echo $one >first; cat fifo; read two; echo $one-$two' <numbers | cat");
        await Poll.UntilAsync("the program", () => File.Exists(Path.Combine(sandbox.Work, "first")) && new FileInfo(Path.Combine(sandbox.Work, "first")).Length > 0);
        await Poll.UntilAsync("the coordinator to know it", () => TerminalScenario.IsRunningAsync(sandbox));
        string checkpoint = (await sandbox.InterposeAsync("checkpoint", "--stop")).MustSucceed().Output.Trim();
        await run.WaitAsync();

        RunningProgram restart = sandbox.Start("setsid", "-w", Installation.Interpose, "restart", checkpoint);
        await Poll.UntilAsync("the restored program", () => TerminalScenario.IsRunningAsync(sandbox));
        (await sandbox.RunAsync("sh", "-c", $"echo through >{fifo}")).MustSucceed();
        Assert.Equal("through\n1-2\n", (await restart.WaitAsync()).MustSucceed().Output);
    });

    /// <summary>The window is closed; a program that survives that can be checkpointed, and comes back without it.</summary>
    [Fact]
    public Task A_terminal_that_was_closed_stays_closed() => Sandbox.UseAsync(TestUser.User, "closed", async sandbox =>
    {
        TerminalScenario.Prepare(sandbox);
        OutsideTerminal first = await OutsideTerminal.OpenAsync(sandbox, "first", 80, 24);
        await first.EnterAsync($"clear; {OutsideTerminal.Start} --new-coordinator -- sh -c 'trap \"\" HUP; echo ready; read x; echo lost; echo $? >status; read x <go; echo \"$x\" >end'");
        await first.WaitForStartAsync("ready");
        (await sandbox.RunAsync("mkfifo", Path.Combine(sandbox.Work, "go"))).MustSucceed();
        OutsideTerminal second = await OutsideTerminal.OpenAsync(sandbox, "second", 80, 24);
        await first.CloseAsync();
        string status = Path.Combine(sandbox.Work, "status"), end = Path.Combine(sandbox.Work, "end");
        await Poll.UntilAsync("the program to notice", () => File.Exists(status) && File.ReadAllText(status) == "1\n");
        string checkpoint = (await sandbox.InterposeAsync("checkpoint", "--stop")).MustSucceed().Output.Trim();
        await second.EnterAsync($"clear; $I restart {checkpoint}");
        await second.UntilAsync("the restored program", () => TerminalScenario.IsRunningAsync(sandbox));
        (await sandbox.RunAsync("sh", "-c", "echo through >go")).MustSucceed();
        await Poll.UntilAsync("the end", () => File.Exists(end) && File.ReadAllText(end) == "through\n");
        await second.WaitForShellAsync();
    });

    /// <summary>A program at a terminal that reads and writes, ended by a checkpoint.</summary>
    private static async Task<string> CheckpointAsync(Sandbox sandbox)
    {
        TerminalScenario.Prepare(sandbox);
        OutsideTerminal first = await OutsideTerminal.OpenAsync(sandbox, "first", 80, 24);
        await first.EnterAsync($"clear; {OutsideTerminal.Start} --new-coordinator -- {Talk}");
        await first.WaitForStartAsync("ready");
        await first.EnterAsync("heard");
        await first.WaitForAsync("heard\nheard");
        return await TerminalScenario.StopAsync(sandbox, first);
    }

    private static async Task StopAndContinueAsync(Sandbox sandbox, OutsideTerminal terminal)
    {
        await AllAsync(sandbox, terminal, 'S');
        await terminal.PressAsync("C-z");
        await terminal.WaitForShellAsync();
        await AllAsync(sandbox, terminal, 'T');
        await terminal.EnterAsync("clear; bg");
        await AllAsync(sandbox, terminal, 'S');

        // The shell tells a job nothing that it brings to the foreground and that runs already.
        await terminal.EnterAsync("clear; fg");
        // Neither the shell nor what it runs before: that would take the key.
        await terminal.UntilAsync("fg", async () => await terminal.ValueAsync("pane_current_command") is not ("bash" or "clear"));
        await terminal.PressAsync("C-z");
        await AllAsync(sandbox, terminal, 'T');
        await terminal.WaitForShellAsync();
        (await sandbox.InterposeAsync("checkpoint")).MustSucceed();
        await AllAsync(sandbox, terminal, 'T');
        await terminal.EnterAsync("clear; fg");
        await AllAsync(sandbox, terminal, 'S');
    }

    /// <summary>Waits until both programs are there, and in a state of proc_pid_stat(5).</summary>
    private static Task AllAsync(Sandbox sandbox, OutsideTerminal terminal, char state) => terminal.UntilAsync(
        $"all in state {state}",
        async () => (await sandbox.RunAsync("ps", "-eo", "stat=,args=")).Output.Split('\n')
            .Where(line => line.EndsWith(" tail -f numbers", StringComparison.Ordinal))
            .ToArray() is [var one, var other] && one[0] == state && other[0] == state);
}
