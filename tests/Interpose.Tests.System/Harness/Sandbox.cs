using System.Diagnostics;
using System.Text;

namespace Interpose.Tests.System.Harness;

/// <summary>
/// A directory with a state directory, a working directory and a coordinator of its own, in which one
/// test runs its programs as one user. It disappears with the test unless the test fails.
/// </summary>
internal sealed class Sandbox
{
    // Opens the files as the user, closes what the test runner left open, and becomes the program,
    // which keeps the pid.
    private const string Launcher = """
        for path in /proc/$$/fd/*; do fd=${path##*/}; [ $fd -le 2 ] || eval "exec $fd>&-"; done
        exec "$@" </dev/null >$0.out 2>$0.err
        """;

    private readonly TestUser _user;
    private readonly List<RunningProgram> _programs = [];
    private readonly StringBuilder _script = new();
    private int _commands;

    private Sandbox(TestUser user, string name)
    {
        _user = user;
        // Under the temporary directory of the machine, for an ordinary user must be able to enter it.
        Root = Directory.CreateTempSubdirectory($"interpose-{name}-").FullName;
        Work = Path.Combine(Root, "work");
        Directory.CreateDirectory(Work);
        Directory.CreateDirectory(Path.Combine(Root, "log"));
        Environment["HOME"] = Root;
        Environment["XDG_STATE_HOME"] = Path.Combine(Root, "state");
        Environment["LC_ALL"] = "C";
        Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        if (_user.UserId is { } owner)
        {
            Shell.Run("chown", "-R", owner, Root);
        }

        _script.AppendLine("# Repeats what the test did, one command after the other.");
        _script.AppendLine($"cd {Work}");
    }

    /// <summary>Directory of everything.</summary>
    public string Root { get; }

    /// <summary>Working directory of the programs.</summary>
    public string Work { get; }

    /// <summary>The whole environment of the programs.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>State directory of interpose.</summary>
    public string State => Path.Combine(Root, "state", "interpose");

    /// <summary>The file that ends the wait of a guest.</summary>
    public string GoFile => Path.Combine(Root, "go");

    /// <summary>Runs the body of a test in a new sandbox.</summary>
    public static async Task UseAsync(TestUser user, string name, Func<Sandbox, Task> body)
    {
        var sandbox = new Sandbox(user, name);
        try
        {
            await body(sandbox).ConfigureAwait(false);
            await sandbox.EndAsync().ConfigureAwait(false);
            Directory.Delete(sandbox.Root, recursive: true);
        }
        catch (Exception e)
        {
            string report = sandbox.Describe();
            await sandbox.EndAsync().ConfigureAwait(false);
            Assert.Fail($"{e.GetType().Name}: {e.Message}\n{report}\n{e.StackTrace}");
        }
    }

    /// <summary>Lets waiting guests verify themselves.</summary>
    public void Go() => File.WriteAllText(GoFile, string.Empty);

    /// <summary>Starts a program; its streams go to files in the sandbox.</summary>
    /// <param name="words">Program and arguments.</param>
    public RunningProgram Start(params string[] words) => StartAs(_user, words);

    /// <summary>Like <see cref="Start"/>, as another user.</summary>
    public RunningProgram StartAs(TestUser user, params string[] words)
    {
        string log = Path.Combine(Root, "log", $"{++_commands:D2}-{Path.GetFileName(words[0])}");
        string command = string.Join(' ', words.Select(Shell.Quote));
        string[] all = [.. user.Prefix, "/bin/bash", "-c", Launcher, log, .. words];
        var start = new ProcessStartInfo(all[0], all[1..]) { WorkingDirectory = Work };
        start.Environment.Clear();
        foreach ((string key, string value) in Environment)
        {
            start.Environment[key] = value;
        }

        string environment = string.Join(' ', Environment.Select(pair => Shell.Quote($"{pair.Key}={pair.Value}")));
        _script.AppendLine($"env -i {environment} {string.Join(' ', user.Prefix)} {command} >{log}.out 2>{log}.err &");
        var program = new RunningProgram(Process.Start(start)!, command, $"{log}.out", $"{log}.err");
        _programs.Add(program);
        return program;
    }

    /// <summary>Runs a command to its end.</summary>
    public Task<CommandResult> RunAsync(params string[] words) => Start(words).WaitAsync();

    /// <summary>Runs a verb of interpose to its end.</summary>
    public Task<CommandResult> InterposeAsync(params string[] words) => RunAsync([Installation.Interpose, .. words]);

    /// <summary>The living processes of the sandbox that are not ours: neither commands nor what a restart leaves above its programs.</summary>
    public IEnumerable<int> Programs() => JoinedPids(started: true).Where(pid => LinkTarget($"/proc/{pid}/exe") is { } program && !IsOurs(program));

    private static bool IsOurs(string program) =>
        program == Installation.Interpose || program.StartsWith(Path.Combine(Installation.Root, "lib"), StringComparison.Ordinal);

    /// <summary>Adds a remark to the script that repeats the test.</summary>
    public void Note(string text) => _script.AppendLine($"# {text}");

    // What a failure leaves for the reader: the directory, the commands and the state of the programs.
    private string Describe()
    {
        var report = new StringBuilder();
        string script = Path.Combine(Root, "repeat.sh");
        File.WriteAllText(script, _script.ToString());
        report.AppendLine($"kept: {Root}");
        report.AppendLine($"repeat: sh {script}");
        // Successful questions about the state say nothing.
        foreach (RunningProgram program in _programs.Where(program => !program.Output.StartsWith("{\n  \"schemaVersion\"", StringComparison.Ordinal)))
        {
            report.AppendLine($"{Path.GetFileName(program.OutputPath)}: {(program.HasEnded ? "ended" : "running")} {Tail(program.Output)} {Tail(program.Error)}");
            if (!program.HasEnded)
            {
                report.Append(ThreadReport.Of(program.Pid));
            }
        }

        foreach (int pid in JoinedPids(started: false))
        {
            report.AppendLine($"process {pid}:");
            report.Append(ThreadReport.Of(pid));
        }

        return report.ToString();
    }

    private static string Tail(string text) => text.Length <= 600 ? text.Trim() : $"...{text[^600..].Trim()}";

    // Restored programs and coordinators are no children of the test, but their working directory or
    // their command line gives them away.
    private IEnumerable<int> JoinedPids(bool started)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) &&
                (IsBelowRoot($"{directory}/cwd") || ReadText($"{directory}/cmdline").Contains($"{Root}/", StringComparison.Ordinal)) &&
                (started || _programs.All(program => program.HasEnded || program.Pid != pid)))
            {
                yield return pid;
            }
        }
    }

    private bool IsBelowRoot(string link) => LinkTarget(link)?.StartsWith(Root, StringComparison.Ordinal) == true;

    private static string? LinkTarget(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is somebody else's.
            return null;
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return string.Empty;
        }
    }

    private async Task EndAsync()
    {
        foreach (RunningProgram program in _programs)
        {
            program.Dispose();
        }

        _programs.Clear();
        try
        {
            using RunningProgram quit = Start(Installation.Interpose, "quit");
            await quit.WaitAsync().ConfigureAwait(false);
        }
        finally
        {
            // Whatever became of that: what is left would be in the way of all tests that follow.
            foreach (int pid in JoinedPids(started: false).ToList())
            {
                Shell.TryRun("kill", "-9", $"{pid}");
            }
        }
    }
}
