using System.Globalization;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Terminals;

/// <summary>
/// A terminal that a person could sit at: a window of a tmux server that is no part of the computation, with a shell in it. It
/// is typed into and looked at.
/// </summary>
internal sealed class OutsideTerminal
{
    /// <summary>Prompt of the shell in it.</summary>
    public const string Prompt = "outer$";

    /// <summary>
    /// What is typed to run a program under Interpose, and what no program shows: the name alone would be in the list of processes
    /// that top has.
    /// </summary>
    public const string Start = "$I run";

    private readonly Sandbox _sandbox;
    private readonly string _window;

    private OutsideTerminal(Sandbox sandbox, string window)
    {
        _sandbox = sandbox;
        _window = window;
    }

    /// <summary>Opens a terminal and waits for its shell.</summary>
    /// <param name="sandbox">Where; all terminals of a sandbox belong to one server.</param>
    /// <param name="name">Another one for each.</param>
    /// <param name="columns">Width.</param>
    /// <param name="rows">Height.</param>
    public static async Task<OutsideTerminal> OpenAsync(Sandbox sandbox, string name, int columns, int rows)
    {
        var terminal = new OutsideTerminal(sandbox, name);
        string width = columns.ToString(CultureInfo.InvariantCulture), height = rows.ToString(CultureInfo.InvariantCulture);
        (await terminal.TmuxAsync(
            "new-session", "-d", "-s", name, "-x", width, "-y", height, $"exec env PS1='{Prompt} ' bash --norc --noprofile")).MustSucceed();
        await terminal.WaitForAsync(Prompt);
        return terminal;
    }

    /// <summary>Types text as it is.</summary>
    public async Task TypeAsync(string text) => (await TmuxAsync("send-keys", "-t", _window, "-l", "--", text)).MustSucceed();

    /// <summary>Presses keys by the names that tmux has for them.</summary>
    public async Task PressAsync(params string[] keys) => (await TmuxAsync(["send-keys", "-t", _window, .. keys])).MustSucceed();

    /// <summary>Types a line.</summary>
    public async Task EnterAsync(string line)
    {
        await TypeAsync(line);
        await PressAsync("Enter");
    }

    /// <summary>Closes the window: the line is cut.</summary>
    public async Task CloseAsync() => (await TmuxAsync("kill-session", "-t", _window)).MustSucceed();

    /// <summary>What it shows, without blanks at the ends of lines.</summary>
    public async Task<string> ScreenAsync() => (await TmuxAsync("capture-pane", "-p", "-t", _window)).MustSucceed().Output;

    /// <summary>One of the values that tmux has for a window (FORMATS, tmux(1)).</summary>
    public async Task<string> ValueAsync(string name) =>
        (await TmuxAsync("display-message", "-p", "-t", _window, $"#{{{name}}}")).MustSucceed().Output.Trim();

    /// <summary>Waits until the screen shows a text.</summary>
    public async Task WaitForAsync(string text) =>
        await UntilAsync($"'{text}'", async () => (await ScreenAsync()).Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until the screen shows what a program begins with, and no longer the line that was typed to start it.</summary>
    public async Task WaitForStartAsync(string text) => await UntilAsync(
        $"'{text}' after the start",
        async () => await ScreenAsync() is var screen && screen.Contains(text, StringComparison.Ordinal)
            && !screen.Contains(Start, StringComparison.Ordinal));

    /// <summary>Waits until a program is the one in the foreground: only then is it the one that Ctrl-C means.</summary>
    public async Task WaitForCommandAsync(string name) =>
        await UntilAsync($"{name} in the foreground", async () => await ValueAsync("pane_current_command") == name);

    /// <summary>Waits until the last line that is not empty is the prompt of the shell outside, on the usual screen.</summary>
    public async Task WaitForShellAsync() => await UntilAsync(
        "the shell outside",
        async () => (await ScreenAsync()).TrimEnd().EndsWith(Prompt, StringComparison.Ordinal) && await ValueAsync("alternate_on") == "0");

    /// <summary>Waits, and shows the screen when it was in vain.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        try
        {
            await Poll.UntilAsync(what, condition);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; {_window} shows\n{await ScreenAsync()}", e);
        }
    }

    private Task<CommandResult> TmuxAsync(params string[] words) =>
        _sandbox.RunAsync(["tmux", "-S", Path.Combine(_sandbox.Root, "terminals"), "-f", "/dev/null", .. words]);
}
