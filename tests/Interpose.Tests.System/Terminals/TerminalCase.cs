namespace Interpose.Tests.System.Terminals;

/// <summary>A program that somebody uses in a terminal, and how to see that it is still the same.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Command">What is typed behind <c>interpose run --</c>.</param>
/// <param name="Ready">What the screen shows when it can be used.</param>
/// <param name="Before">Brings it into a state that it must keep.</param>
/// <param name="Kept">What the screen shows then, and shows again after a restart; nothing for a program that does not draw.</param>
/// <param name="After">Uses that state and leaves it as it was; what the screen shows then.</param>
/// <param name="Leave">Ends it.</param>
/// <param name="Prepare">What it finds in its working directory, as a command of the shell, run outside; null: nothing.</param>
internal sealed record TerminalCase(
    string Name,
    string Command,
    string Ready,
    Func<OutsideTerminal, Task> Before,
    string Kept,
    Func<OutsideTerminal, Task> After,
    Func<OutsideTerminal, Task> Leave,
    string? Prepare = null)
{
    private const string Inner = "inner$";
    private const string Bash = "env PS1='inner$ ' bash --norc --noprofile";

    private static readonly TerminalCase[] Cases =
    [
        new(
            "bash", Bash, Inner,
            async t =>
            {
                await t.EnterAsync("x=42; echo now; cat");
                await t.WaitForAsync("\nnow\n");
                await t.EnterAsync("to cat");
                await t.WaitForAsync("to cat\nto cat");
                await t.PressAsync("C-z");
                await t.WaitForAsync("Stopped");
                await t.EnterAsync("sleep 1000 &");
                await t.WaitForAsync("[2]");
                await t.TypeAsync("echo half");
                await t.WaitForAsync("inner$ echo half");
            },
            "inner$ echo half",
            async t =>
            {
                await t.EnterAsync(" $x");
                await t.WaitForAsync("\nhalf 42");
                await t.EnterAsync("jobs");
                await t.WaitForAsync("Running");
                await t.EnterAsync("test \"$(tty)\" = \"$(readlink /proc/self/fd/2)\" && echo same; : > /dev/tty && echo open");
                await t.WaitForAsync("\nsame\nopen");
                await t.EnterAsync("fg 1");
                await t.WaitForAsync("fg 1\ncat");
                await t.EnterAsync("again");
                await t.WaitForAsync("again\nagain");
                await t.PressAsync("C-z");
                await t.WaitForAsync("Stopped                 cat\ninner$");
                await t.EnterAsync("sleep 999");
                await t.WaitForCommandAsync("sleep");
                await t.PressAsync("C-c");
                await t.WaitForAsync("^C\ninner$");
                await t.EnterAsync("clear");
                await t.TypeAsync("echo half");
                await t.WaitForAsync("inner$ echo half");
            },
            async t =>
            {
                await t.PressAsync("C-u");
                // As long as the shell has not heard of the end of a job that was stopped, it leaves only when it is told twice.
                await t.EnterAsync("kill %1 %2; wait; exit 0; exit 0");
            }),
        new(
            "dash", "env PS1='inner$ ' dash", Inner,
            async t =>
            {
                await t.EnterAsync("x=42; echo set");
                await t.WaitForAsync("\nset");
            },
            "",
            async t =>
            {
                await t.EnterAsync("echo v$x");
                await t.WaitForAsync("v42");
                await t.EnterAsync("sleep 999");
                await t.WaitForCommandAsync("sleep");
                await t.PressAsync("C-c");
                await t.WaitForAsync("^C\ninner$");
                await t.EnterAsync("clear; echo w$x");
                await t.WaitForAsync("w42");
            },
            async t => await t.EnterAsync("exit 0")),
        new(
            "vim", "vim -N -u NONE -i NONE -n --cmd 'set bs=2' numbers", "\n12\n",
            async t =>
            {
                await t.TypeAsync("5Gihello");
                await t.WaitForAsync("\nhello5\n");
            },
            "\nhello5\n",
            async t =>
            {
                await t.TypeAsync("X");
                await t.WaitForAsync("\nhelloX5\n");
                await t.PressAsync("BSpace");
                await t.WaitForAsync("\nhello5\n");
            },
            async t =>
            {
                await t.PressAsync("Escape");
                await t.EnterAsync(":q!");
            }),
        new(
            "less", "less numbers", "\n12\n",
            async t =>
            {
                await t.TypeAsync("50g");
                await t.WaitForAsync("50\n51\n52\n");
            },
            "50\n51\n52\n",
            async t =>
            {
                await t.TypeAsync("g");
                await t.WaitForAsync("1\n2\n3\n");
                await t.TypeAsync("50g");
                await t.WaitForAsync("50\n51\n52\n");
            },
            async t => await t.TypeAsync("q")),
        new(
            "nano", "nano -I numbers", "\n12\n",
            async t =>
            {
                await t.TypeAsync("typed");
                await t.WaitForAsync("typed1\n");
            },
            "typed1\n",
            async t =>
            {
                await t.TypeAsync("X");
                await t.WaitForAsync("typedX1\n");
                await t.PressAsync("BSpace");
                await t.WaitForAsync("typed1\n");
            },
            async t =>
            {
                await t.PressAsync("C-x");
                await t.WaitForAsync("Save modified buffer");
                await t.TypeAsync("n");
            }),
        new(
            "python", "/usr/bin/python3 -i -c pass", ">>>",
            async t =>
            {
                await t.EnterAsync("x = 21");
                await t.TypeAsync("x + ");
                await t.WaitForAsync(">>> x +");
            },
            ">>> x +",
            async t =>
            {
                await t.EnterAsync("21");
                await t.WaitForAsync("\n42\n");
                await t.PressAsync("C-l");
                await t.TypeAsync("x + ");
                await t.WaitForAsync(">>> x +");
            },
            async t =>
            {
                await t.PressAsync("C-u");
                await t.EnterAsync("exit()");
            }),
        new(
            "top", "top -d 1", "load average",
            async t => await t.WaitForAsync("COMMAND"),
            "COMMAND",
            async t => await t.WaitForAsync("load average"),
            async t => await t.TypeAsync("q")),
        // Keys that come at once are not to be taken for pasted text (assume-paste-time, tmux(1)).
        new(
            "tmux", $"tmux -S inner -f /dev/null start-server ';' set -g assume-paste-time 0 ';' new-session \"exec {Bash}\"", "[0] 0:bash",
            async t =>
            {
                await t.EnterAsync("x=42");
                await t.PressAsync("C-b", "c");
                await t.WaitForAsync("1:");
                await t.EnterAsync(Bash);
                await t.EnterAsync("y=7; tty > tty; echo \"set $y\"");
                await t.WaitForAsync("set 7");
            },
            "set 7",
            async t =>
            {
                await t.EnterAsync("clear; test \"$(tty)\" = \"$(cat tty)\" && echo \"same $y\"");
                await t.WaitForAsync("same 7");
                await t.PressAsync("C-b", "p");
                await t.EnterAsync("clear; echo v$x");
                await t.WaitForAsync("v42");
                await t.PressAsync("C-b", "n");
                await t.WaitForAsync("same 7");
                await t.EnterAsync("clear; echo \"set $y\"");
                await t.WaitForAsync("set 7");
            },
            async t => await t.PressAsync("C-b", "d")),
    ];

    /// <summary>All, as data of a theory.</summary>
    public static TheoryData<string> Names { get; } = new(Cases.Select(c => c.Name));

    /// <summary>Finds one, of those of <see cref="MoreTerminalCases"/> and <see cref="InsideTerminalCases"/> too.</summary>
    public static TerminalCase Named(string name) => Cases.Concat(MoreTerminalCases.All).Concat(InsideTerminalCases.All).Single(c => c.Name == name);
}
