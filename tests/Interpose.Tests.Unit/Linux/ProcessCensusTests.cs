using System.Diagnostics;
using System.Globalization;
using Interpose.Linux.Census;
using Interpose.Tests.Unit.Coordinator;

namespace Interpose.Tests.Unit.Linux;

/// <summary>Who belongs to a computation, found out with real processes.</summary>
public sealed class ProcessCensusTests : IDisposable
{
    // The loader says that there is no such file, and goes on.
    private const string Preload = "/nonexistent/libinterpose.so";

    private readonly string _computation = $"census-{Guid.NewGuid():N}";
    private readonly List<Process> _processes = [];
    private readonly List<int> _others = [];

    [Fact]
    public void A_process_whose_environment_names_the_computation_is_found()
    {
        Process process = Start("/bin/sleep", "1000");
        FoundProcess found = Assert.Single(Take());
        Assert.Equal((process.Id, Environment.ProcessId, "sleep", true, ""), (found.Pid, found.ParentPid, found.Command, found.CanBeEntered, found.Remark));
    }

    [Fact]
    public void The_whole_name_counts()
    {
        Start("/bin/sleep", "1000");
        Assert.Single(Take());
        Assert.Empty(new ProcessCensus(_computation[..^1], new HashSet<int>()).Take());
        Assert.Empty(new ProcessCensus(_computation + "0", new HashSet<int>()).Take());
    }

    [Fact]
    public void A_known_process_is_not_listed_but_its_children_are()
    {
        Process shell = Start("/bin/sh", "-c", "env -i /bin/sleep 1000 & echo $!; wait");
        int child = ReadPid(shell);
        FoundProcess found = Assert.Single(Take(shell.Id));

        // On its way through two programs it may be about to be entered, as far as one can tell.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (; found.CanBeEntered; found = Assert.Single(Take(shell.Id)))
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        Assert.Equal(child, found.Pid);
        Assert.Contains("without the environment", found.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void A_descendant_belongs_even_when_it_cleared_its_environment()
    {
        Process shell = Start("/bin/sh", "-c", "env -i /bin/sh -c '/bin/sleep 1000 & echo $!; wait' & wait");
        int grandchild = ReadPid(shell);
        Assert.Contains(Take(), p => p.Pid == grandchild);
    }

    [Fact]
    public void An_orphan_belongs_by_its_environment()
    {
        Process shell = Start("/bin/sh", "-c", "/bin/sleep 1000 </dev/null >/dev/null 2>&1 & echo $!");
        int orphan = ReadPid(shell);
        shell.WaitForExit();
        FoundProcess found = Assert.Single(Take());
        Assert.Equal((orphan, true), (found.Pid, found.CanBeEntered));
    }

    [Fact]
    public async Task A_process_that_is_stopped_is_said_to_be()
    {
        Process process = Start("/bin/sh", "-c", "kill -STOP $$");
        await ProcessState.UntilStoppedAsync(process.Id);
        Assert.Contains("SIGCONT", Assert.Single(Take()).Remark, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zombie_is_not_listed()
    {
        Process shell = Start("/bin/sh", "-c", "/bin/sleep 1000 & echo $!; exec /bin/sleep 1000");
        int zombie = ReadPid(shell);
        using (Process child = Process.GetProcessById(zombie))
        {
            child.Kill();
        }

        // Nobody collects its status until its parent ends.
        _others.Clear();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (File.ReadAllText($"/proc/{zombie}/stat").Split(' ')[2] != "Z")
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        Assert.DoesNotContain(Take(), p => p.Pid == zombie);
    }

    [Fact]
    public void A_static_program_cannot_be_entered()
    {
        string path = Path.Combine(Path.GetTempPath(), $"tiny-{Guid.NewGuid():N}");
        TinyProgram.Write(path);
        try
        {
            Process process = Start(path);
            FoundProcess found = Assert.Single(Take());
            Assert.Equal((process.Id, false), (found.Pid, found.CanBeEntered));
            Assert.Contains("statically linked", found.Remark, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_writer_of_an_image_is_no_process_of_the_application()
    {
        string path = Path.Combine(Path.GetTempPath(), ProcessCensus.TwinCommand);
        File.Copy("/bin/sleep", path, overwrite: true);
        try
        {
            Start(path, "1000");
            Assert.Empty(Take());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("1 (sh) S 2 1 1 0 -1 4194560 1", "sh", 'S', 2)]
    [InlineData("1 (a) b (c) R 1 (x) Z 7 1 1 0 -1 0", "a) b (c) R 1 (x", 'Z', 7)]
    public void The_command_may_hold_anything(string line, string command, char state, int parent)
    {
        Assert.True(ProcessStat.TryParse(System.Text.Encoding.UTF8.GetBytes(line), out ProcessStat stat));
        Assert.Equal((command, state, parent), (stat.Command, stat.State, stat.ParentPid));
    }

    public void Dispose()
    {
        foreach (int pid in _others)
        {
            using Process process = Process.GetProcessById(pid);
            process.Kill();
        }

        foreach (Process process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    private IReadOnlyList<FoundProcess> Take(params int[] known) => new ProcessCensus(_computation, known.ToHashSet()).Take();

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["INTERPOSE_COMPUTATION"] = _computation;
        start.Environment["LD_PRELOAD"] = Preload;
        Process process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private int ReadPid(Process process)
    {
        int pid = int.Parse(process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        _others.Add(pid);
        return pid;
    }
}
