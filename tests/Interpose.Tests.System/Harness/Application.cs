using System.Globalization;
using System.Text.Json;

namespace Interpose.Tests.System.Harness;

/// <summary>One program under interpose through all its generations of checkpoint, kill and restart.</summary>
internal sealed class Application
{
    private readonly Sandbox _sandbox;
    private readonly List<RunningProgram> _generations = [];

    private Application(Sandbox sandbox, RunningProgram first)
    {
        _sandbox = sandbox;
        Pid = first.Pid;
        _generations.Add(first);
    }

    /// <summary>Process id of the program itself, the same in each generation.</summary>
    public int Pid { get; }

    /// <summary>What the test started last: the program, or the restart that became it.</summary>
    public RunningProgram Current => _generations[^1];

    /// <summary>Path of the last checkpoint.</summary>
    public string Checkpoint { get; private set; } = string.Empty;

    /// <summary>Everything printed in any generation.</summary>
    public string Output => string.Concat(_generations.Select(generation => generation.Output));

    /// <summary>Starts a program under a coordinator of its own.</summary>
    /// <param name="sandbox">Where.</param>
    /// <param name="options">Options of `interpose run`.</param>
    /// <param name="words">Program and arguments.</param>
    public static Application Start(Sandbox sandbox, string[] options, params string[] words) =>
        new(sandbox, sandbox.Start([Installation.Interpose, "run", "--new-coordinator", .. options, "--", .. words]));

    /// <summary>Starts a guest and waits until its state is set up and it has joined the coordinator.</summary>
    public static async Task<Application> StartGuestAsync(Sandbox sandbox, string name, params string[] options)
    {
        Application application = Start(sandbox, options, Installation.Guest(name), sandbox.GoFile);
        await application.Current.WaitForLineAsync("READY").ConfigureAwait(false);
        await application.WaitUntilRunningAsync().ConfigureAwait(false);
        return application;
    }

    /// <summary>Waits until the coordinator lists the program and nothing is in progress.</summary>
    public async Task WaitUntilRunningAsync()
    {
        // A look at the state directory is cheaper than a command, and enough as long as there is none.
        await Poll.UntilAsync("the coordinator's file", () => Directory.Exists(_sandbox.State) || Current.HasEnded).ConfigureAwait(false);
        await Poll.UntilAsync($"process {Pid} to be listed as running", IsRunningAsync).ConfigureAwait(false);
    }

    /// <summary>Makes a checkpoint; the program goes on.</summary>
    public async Task CheckpointAsync(params string[] options)
    {
        Accept((await _sandbox.InterposeAsync(["checkpoint", .. options]).ConfigureAwait(false)).MustSucceed());
    }

    private void Accept(CommandResult result)
    {
        string path = result.Output.Trim();
        Assert.True(File.Exists(Path.Combine(path, "manifest")), $"no manifest in '{path}'\n{result.Error}");
        Assert.NotEqual(Checkpoint, path);
        Checkpoint = path;
    }

    /// <summary>Kills the program with SIGKILL and waits until nothing of it is left.</summary>
    public async Task KillAsync()
    {
        int pid = ProcessTree.Find(Current.Pid, Pid);
        _sandbox.Note($"kill -9 {pid}");
        Shell.Run("kill", "-9", pid.ToString(CultureInfo.InvariantCulture));
        CommandResult result = await Current.WaitAsync().ConfigureAwait(false);
        Assert.True(result.ExitCode == 137, $"the status of the killed program is {result.ExitCode}\n{result.Error}");
        await Poll.UntilAsync($"process {pid} to be gone", () => !Directory.Exists($"/proc/{pid}")).ConfigureAwait(false);
    }

    /// <summary>Makes a checkpoint that ends the program, and waits until nothing of it is left.</summary>
    public async Task StopAsync(params string[] options)
    {
        Accept((await _sandbox.InterposeAsync(["checkpoint", "--stop", .. options]).ConfigureAwait(false)).MustSucceed());
        CommandResult ended = await Current.WaitAsync().ConfigureAwait(false);
        Assert.True(ended.ExitCode == 137, $"the status of the stopped program is {ended.ExitCode}\n{ended.Error}");
        await Poll.UntilAsync("all processes to be gone", () => !_sandbox.Programs().Any()).ConfigureAwait(false);
    }

    /// <summary>Restarts the program from the last checkpoint and waits until it runs.</summary>
    /// <param name="options">Options of `interpose restart`.</param>
    public async Task RestartWithAsync(string[] options)
    {
        _generations.Add(_sandbox.Start([Installation.Interpose, "restart", .. options, Checkpoint]));
        await WaitUntilRunningAsync().ConfigureAwait(false);
    }

    /// <summary>Restarts the program from the last checkpoint and waits until it runs.</summary>
    /// <param name="prefix">Command words before `interpose`, for instance to enter another namespace.</param>
    public Task RestartAsync(params string[] prefix) => RestartAsync(Checkpoint, prefix);

    /// <summary>Restarts the program from the last checkpoint, with a prefix that another user runs.</summary>
    /// <param name="user">Who runs the prefix; it has to change back to the user of the test.</param>
    /// <param name="prefix">Command words before `interpose`.</param>
    public async Task RestartAsync(TestUser user, string[] prefix)
    {
        _generations.Add(_sandbox.StartAs(user, [.. prefix, Installation.Interpose, "restart", Checkpoint]));
        await WaitUntilRunningAsync().ConfigureAwait(false);
    }

    /// <summary>Restarts the program from a given checkpoint and waits until it runs.</summary>
    /// <param name="checkpoint">Directory of the checkpoint.</param>
    /// <param name="prefix">Command words before `interpose`.</param>
    public async Task RestartAsync(string checkpoint, string[] prefix)
    {
        _generations.Add(_sandbox.Start([.. prefix, Installation.Interpose, "restart", checkpoint]));
        await WaitUntilRunningAsync().ConfigureAwait(false);
    }

    /// <summary>A whole generation: checkpoint, kill, restart. A single program is killed with SIGKILL from outside.</summary>
    /// <remarks>
    /// Members of a family see each other die: a parent that was killed last would act on the end of its children. So a
    /// family is stopped where its picture was taken.
    /// </remarks>
    public async Task NextGenerationAsync()
    {
        if (await IsFamilyAsync().ConfigureAwait(false))
        {
            await StopAsync().ConfigureAwait(false);
        }
        else
        {
            await CheckpointAsync().ConfigureAwait(false);
            await KillAsync().ConfigureAwait(false);
        }

        await RestartAsync().ConfigureAwait(false);
    }

    /// <summary>Waits for the end and fails unless the guest is content with itself.</summary>
    public async Task MustPassAsync(string name)
    {
        CommandResult result = await Current.WaitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false);
        string[] verdicts = [.. Output.Split('\n').Where(line => line.StartsWith("PASS ", StringComparison.Ordinal) || line.StartsWith("FAIL ", StringComparison.Ordinal))];
        Assert.True(
            verdicts is [var verdict] && verdict == $"PASS {name}",
            $"verdict: {(verdicts.Length == 0 ? "none" : string.Join(" / ", verdicts))}, status {result.ExitCode}\n{result.Error}");
        Assert.True(result.ExitCode == 0, $"the guest passed, but the status is {result.ExitCode}");
    }

    // Whether there is, or soon will be, more than one process: children join after a moment.
    private async Task<bool> IsFamilyAsync()
    {
        CommandResult result = (await _sandbox.InterposeAsync("status", "--json").ConfigureAwait(false)).MustSucceed();
        using var status = JsonDocument.Parse(result.Output);
        return status.RootElement.GetProperty("processes").GetArrayLength() > 1 || _sandbox.Programs().Skip(1).Any();
    }

    private async Task<bool> IsRunningAsync()
    {
        Assert.False(Current.HasEnded, $"ended: {Current.Output}{Current.Error}");
        CommandResult result = await _sandbox.InterposeAsync("status", "--json").ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            // The coordinator may not have come up yet.
            return false;
        }

        using var status = JsonDocument.Parse(result.Output);
        JsonElement root = status.RootElement;
        return string.Equals(root.GetProperty("phase").GetString(), "running", StringComparison.OrdinalIgnoreCase) &&
            root.GetProperty("processes").EnumerateArray().Any(process => process.GetProperty("pid").GetInt32() == Pid);
    }
}
