namespace Interpose.Tests.System.Terminals;

/// <summary>
/// Further programs that somebody uses in a terminal. What is typed at once must not end in a semicolon, which tmux would take for
/// the end of its command.
/// </summary>
internal static class MoreTerminalCases
{
    private const string Shell = "inner$";

    /// <summary>All.</summary>
    public static IReadOnlyList<TerminalCase> All { get; } =
    [
        new(
            "zsh", $"env PS1='{Shell} ' zsh -f", Shell,
            async t =>
            {
                await t.EnterAsync("x=42; print now; cat");
                await t.WaitForAsync("\nnow\n");
                await t.EnterAsync("to cat");
                await t.WaitForAsync("to cat\nto cat");
                await t.PressAsync("C-z");
                await t.WaitForAsync("suspended");
                await t.EnterAsync("sleep 1000 &");
                await t.WaitForAsync("[2]");
                await t.TypeAsync("print half");
                await t.WaitForAsync($"{Shell} print half");
            },
            $"{Shell} print half",
            async t =>
            {
                await t.EnterAsync(" $x");
                await t.WaitForAsync("\nhalf 42");
                await t.EnterAsync("jobs");
                await t.WaitForAsync("running");
                await t.EnterAsync("fg %1");
                await t.WaitForAsync("continued");
                await t.EnterAsync("again");
                await t.WaitForAsync("again\nagain");
                await t.PressAsync("C-z");
                await PromptAsync(t);
                await t.EnterAsync("sleep 999");
                await t.WaitForCommandAsync("sleep");
                await t.PressAsync("C-c");
                await PromptAsync(t);
                await ClearAsync(t, Shell);
                await t.TypeAsync("print half");
                await t.WaitForAsync($"{Shell} print half");
            },
            async t =>
            {
                await t.PressAsync("C-u");
                await t.EnterAsync("setopt nocheckjobs; kill -9 %1 %2; wait; exit 0");
            }),
        new(
            "emacs", "emacs -nw -Q lines", "\n12\n",
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
                await t.PressAsync("C-b", "C-d");
                await t.WaitForAsync("typed1\n");
            },
            async t =>
            {
                await t.PressAsync("C-x", "C-c");
                await t.WaitForAsync("Save file");
                await t.TypeAsync("n");
                await t.WaitForAsync("anyway");
                await t.EnterAsync("yes");
            },
            "cp numbers lines"),
        // With a shell of its own in a pseudoterminal of its own, which it stops and continues with each command.
        new(
            "mc", "mc", "10Quit",
            async t =>
            {
                await t.TypeAsync("cd nothing");
                await t.WaitForAsync("cd nothing");
            },
            "cd nothing",
            async t =>
            {
                await t.TypeAsync("X");
                await t.WaitForAsync("cd nothingX");
                await t.PressAsync("BSpace");
                await t.UntilAsync("one letter less", async () => !(await t.ScreenAsync()).Contains("cd nothingX", StringComparison.Ordinal));
                await t.PressAsync("F9", "Enter");
                await t.WaitForAsync("isting format");
                await t.PressAsync("F10");
                await t.UntilAsync("no menu", async () => !(await t.ScreenAsync()).Contains("isting format", StringComparison.Ordinal));
            },
            async t => await t.PressAsync("C-u", "F10")),
        new(
            "htop", "htop", "Load average",
            async t =>
            {
                await t.PressAsync("F5");
                await t.WaitForAsync("F5List");
            },
            "F5List",
            async t =>
            {
                await t.PressAsync("F4");
                await t.WaitForAsync("Filter:");
                await t.PressAsync("Escape");
                await t.WaitForAsync("F5List");
            },
            async t => await t.TypeAsync("q")),
        new(
            "node", "node", "information.\n>",
            async t =>
            {
                await t.EnterAsync("let x = 21");
                await t.WaitForAsync("undefined");
                await t.TypeAsync("x +");
                await t.WaitForAsync("> x +");
            },
            "> x +",
            async t =>
            {
                await t.EnterAsync("21");
                await t.WaitForAsync("\n42\n");
                await ClearAsync(t, ">");
                await t.TypeAsync("x +");
                await t.WaitForAsync("> x +");
            },
            async t =>
            {
                await t.PressAsync("C-u");
                await t.EnterAsync(".exit");
            }),
        // Before its program runs: one that it holds at a breakpoint cannot be part of a checkpoint.
        new(
            "gdb", "gdb -q -nx program", "(gdb)",
            async t =>
            {
                await t.EnterAsync("list twice");
                await t.WaitForAsync("return n + n");
                await t.EnterAsync("break twice");
                await t.WaitForAsync("Breakpoint 1");
                await t.TypeAsync("print twice");
                await t.WaitForAsync("(gdb) print twice");
            },
            "(gdb) print twice",
            async t =>
            {
                await t.EnterAsync("");
                await t.WaitForAsync("<twice>");
                await t.EnterAsync("info breakpoints");
                await t.WaitForAsync("in twice at p.c");
                await ClearAsync(t, "(gdb)");
                await t.TypeAsync("print twice");
                await t.WaitForAsync("(gdb) print twice");
            },
            async t =>
            {
                await t.PressAsync("C-u");
                await t.EnterAsync("run");
                await t.WaitForAsync("n=21");
                await t.EnterAsync("continue");
                await t.WaitForAsync("exited with code 052");
                await t.EnterAsync("quit");
            },
            "printf 'int twice(int n) {\\n  return n + n;\\n}\\nint main(void) {\\n  return twice(21);\\n}\\n' >p.c; gcc -g -O0 -o program p.c"),
        // The server belongs to the computation.
        new(
            "psql",
            "sh -c 'p=$(echo /usr/lib/postgresql/*/bin); $p/pg_ctl -w -s -D data -l log start && psql -X -h $PWD -U me postgres; "
            + "s=$?; $p/pg_ctl -s -D data stop; exit $s'",
            "=#",
            async t =>
            {
                await t.EnterAsync("\\pset pager off");
                await t.EnterAsync("create temp table t as select 21 as a; ");
                await t.WaitForAsync("SELECT 1");
                await t.TypeAsync("select a+a ");
                await t.WaitForAsync("=# select a+a");
            },
            "=# select a+a",
            async t =>
            {
                await t.EnterAsync("from t; ");
                await t.WaitForAsync("      42");
                await ClearAsync(t, "postgres=#");
                await t.TypeAsync("select a+a ");
                await t.WaitForAsync("=# select a+a");
            },
            async t =>
            {
                await t.PressAsync("C-u");
                await t.EnterAsync("\\q");
            },
            "/usr/lib/postgresql/*/bin/initdb -D data -A trust -N -U me; printf \"listen_addresses=''\\nunix_socket_directories='$PWD'\\n\" "
            + ">>data/postgresql.conf"),
        new(
            "sqlite3", "sqlite3", "sqlite>",
            async t =>
            {
                await t.EnterAsync("create table t(a); insert into t values(21); ");
                await t.TypeAsync("select a+a ");
                await t.WaitForAsync("sqlite> select a+a");
            },
            "sqlite> select a+a",
            async t =>
            {
                await t.EnterAsync("from t; ");
                await t.WaitForAsync("\n42\n");
                await ClearAsync(t, "sqlite>");
                await t.TypeAsync("select a+a ");
                await t.WaitForAsync("sqlite> select a+a");
            },
            async t =>
            {
                await t.PressAsync("C-u");
                await t.EnterAsync(".quit");
            }),
    ];

    /// <summary>Their names, as data of a theory.</summary>
    public static TheoryData<string> Names { get; } = new(All.Select(c => c.Name));

    /// <summary>Waits until the last line that is not empty is the prompt of the shell.</summary>
    private static Task PromptAsync(OutsideTerminal terminal) => terminal.UntilAsync(
        "the prompt", async () => (await terminal.ScreenAsync()).TrimEnd().EndsWith(Shell, StringComparison.Ordinal));

    /// <summary>Lets a line editor empty the screen: Ctrl-L.</summary>
    private static async Task ClearAsync(OutsideTerminal terminal, string prompt)
    {
        await terminal.PressAsync("C-l");
        await terminal.UntilAsync("an empty screen", async () => (await terminal.ScreenAsync()).Trim() == prompt);
    }
}
