using System.Text.Json;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Terminals;

/// <summary>
/// Somebody works in a terminal; the program is checkpointed and goes on, is ended, and comes back twice: in another terminal of
/// another size, and in one of the same size.
/// </summary>
internal static class TerminalScenario
{
    private const int Columns = 80, Rows = 24;

    /// <summary>Runs the scenario.</summary>
    public static Task RunAsync(TestUser user, string name) => Sandbox.UseAsync(user, name, async sandbox =>
    {
        TerminalCase program = TerminalCase.Named(name);
        Prepare(sandbox);
        if (program.Prepare is { } command)
        {
            (await sandbox.RunAsync("/bin/sh", "-ec", command)).MustSucceed();
        }

        OutsideTerminal first = await OutsideTerminal.OpenAsync(sandbox, "first", Columns, Rows);
        await first.EnterAsync($"clear; {OutsideTerminal.Start} --new-coordinator -- {program.Command}");
        await first.WaitForStartAsync(program.Ready);
        await program.Before(first);
        (await sandbox.InterposeAsync("checkpoint")).MustSucceed();
        await program.After(first);
        string checkpoint = await StopAsync(sandbox, first);

        OutsideTerminal second = await OutsideTerminal.OpenAsync(sandbox, "second", Columns + 17, Rows + 5);
        await RestartAsync(sandbox, second, checkpoint, program);
        await program.After(second);
        checkpoint = await StopAsync(sandbox, second);

        OutsideTerminal third = await OutsideTerminal.OpenAsync(sandbox, "third", Columns + 17, Rows + 5);
        await RestartAsync(sandbox, third, checkpoint, program);
        await program.After(third);
        await program.Leave(third);
        await third.WaitForShellAsync();
        await third.EnterAsync("echo status=$?");
        await third.WaitForAsync("status=0");
    });

    /// <summary>What all programs find.</summary>
    public static void Prepare(Sandbox sandbox)
    {
        File.WriteAllLines(Path.Combine(sandbox.Work, "numbers"), Enumerable.Range(1, 200).Select(n => $"{n}"));
        sandbox.Environment["I"] = Installation.Interpose;
        sandbox.Environment["TERM"] = "screen";
    }

    /// <summary>Ends the program with a checkpoint; the terminal it was in must be usable.</summary>
    public static async Task<string> StopAsync(Sandbox sandbox, OutsideTerminal terminal)
    {
        string checkpoint = (await sandbox.InterposeAsync("checkpoint", "--stop")).MustSucceed().Output.Trim();
        await Poll.UntilAsync("the usual screen", async () => await terminal.ValueAsync("alternate_on") == "0");
        await terminal.EnterAsync("clear; echo usable");
        await terminal.WaitForAsync($"usable\n{OutsideTerminal.Prompt}");
        return checkpoint;
    }

    /// <summary>Restarts the program in a terminal and waits until it can be used.</summary>
    public static async Task RestartAsync(Sandbox sandbox, OutsideTerminal terminal, string checkpoint, TerminalCase program)
    {
        await terminal.EnterAsync($"clear; $I restart {checkpoint}");
        await terminal.UntilAsync("the restored program", async () => await IsRunningAsync(sandbox));
        if (program.Kept.Length > 0)
        {
            await terminal.WaitForAsync(program.Kept);
        }
    }

    /// <summary>The computation is there and no checkpoint or restart is under way.</summary>
    public static async Task<bool> IsRunningAsync(Sandbox sandbox)
    {
        CommandResult result = await sandbox.InterposeAsync("status", "--json");
        if (result.ExitCode != 0)
        {
            return false;
        }

        using var status = JsonDocument.Parse(result.Output);
        return string.Equals(status.RootElement.GetProperty("phase").GetString(), "running", StringComparison.OrdinalIgnoreCase)
            && status.RootElement.GetProperty("processes").GetArrayLength() > 0;
    }
}
