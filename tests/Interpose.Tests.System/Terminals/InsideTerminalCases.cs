namespace Interpose.Tests.System.Terminals;

/// <summary>Programs that hold the other end of a pseudoterminal with a shell in it, and pass on what is typed.</summary>
internal static class InsideTerminalCases
{
    private const string Shell = MoreTerminalCases.Shell;
    private const string Bash = $"env PS1='{Shell} ' bash --norc --noprofile";

    /// <summary>All.</summary>
    public static IReadOnlyList<TerminalCase> All { get; } =
    [
        Inside("script", $"script -q log -c \"{Bash}\"", ""),
        Inside("expect", "expect spawn", $"printf 'spawn sh shell\\ninteract\\n' >spawn; echo \"exec {Bash}\" >shell"),
        Inside("socat", "socat -,raw,echo=0 EXEC:'sh shell',pty,setsid,ctty,stderr,sane", $"echo \"exec {Bash}\" >shell"),
        Inside(
            "pty", "/usr/bin/python3 spawn",
            "printf 'import pty, sys\\nsys.exit(pty.spawn([\"sh\", \"shell\"]))\\n' >spawn; " + $"echo \"exec {Bash}\" >shell"),
        Inside("screen", "env SCREENDIR=$PWD/screens screen -c /dev/null sh shell", $"mkdir -m 700 screens; echo \"exec {Bash}\" >shell"),
    ];

    private static TerminalCase Inside(string name, string command, string prepare) => new(
        name, command, Shell,
        async t =>
        {
            await t.WaitForCommandAsync(name == "pty" ? "python3" : name);
            await t.EnterAsync("x=42; tty >tty; echo set");
            await t.WaitForAsync("\nset");
        },
        "",
        async t =>
        {
            await t.EnterAsync("clear; test $(tty) = $(cat tty) && echo v$x");
            await t.WaitForAsync("v42");
            await t.EnterAsync("cat");
            await t.EnterAsync("heard");
            await t.WaitForAsync("heard\nheard");
            await t.PressAsync("C-c");
            await MoreTerminalCases.PromptAsync(t);
        },
        async t => await t.EnterAsync("exit 0"),
        prepare.Length == 0 ? null : prepare);
}
