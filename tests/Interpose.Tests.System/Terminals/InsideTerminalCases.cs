namespace Interpose.Tests.System.Terminals;

/// <summary>Programs that hold the other end of a pseudoterminal with a shell in it, and pass on what is typed.</summary>
internal static class InsideTerminalCases
{
    private const string Shell = "inner$";
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
    ];

    /// <summary>Their names, as data of a theory.</summary>
    public static TheoryData<string> Names { get; } = new(All.Select(c => c.Name));

    /// <summary>
    /// What is typed behind a command before that runs reaches the terminal in the modes of bash's line editor, in which Enter is not
    /// the end of a line: each waits for what says that the command runs.
    /// </summary>
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
            await t.EnterAsync("sh -c 'echo li''stens; exec cat'");
            await t.WaitForAsync("listens");
            await t.EnterAsync("heard");
            await t.WaitForAsync("heard\nheard");
            await t.PressAsync("C-c");
            await t.UntilAsync(
                "the prompt", async () => (await t.ScreenAsync()).TrimEnd().EndsWith(Shell, StringComparison.Ordinal));
        },
        async t => await t.EnterAsync("exit 0"),
        prepare.Length == 0 ? null : prepare);
}
