using System.Text.Json;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Hosts;

/// <summary>Computations over several hosts, each with its own network, name, process ids and /dev/shm.</summary>
[Collection("mpi")] // jobs want all processors
public sealed class HostsTests
{
    private const string Home = "node1";

    // Elsewhere, both on one host, apart again.
    private static readonly string[] s_moves = ["node2=node3", "node3=node1", "node1+node3=node2"];

    // Ranks that wait for each other use the processors, and there may be more of them than processors.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [RootFact]
    public Task A_command_started_by_ssh_has_its_input_output_and_exit_status() => Sandbox.UseAsync(TestUser.Root, "ssh", async sandbox =>
    {
        using Cluster cluster = await Cluster.StartAsync(sandbox, 2);
        RunningProgram run = cluster.Start(
            Home, Installation.Interpose, "run", "--new-coordinator", "--listen", "0.0.0.0", "--", "sh", "-c",
            "echo abc | ssh node2 'cat; hostname; echo wrong >&2; exit 3'; echo $?; ssh -n node2 'kill -9 $$'; echo $?");
        CommandResult result = (await run.WaitAsync()).MustSucceed();
        Assert.Equal("abc\nnode2\n3\n137\n", result.Output);
        Assert.Equal("wrong\n", result.Error);
    });

    [RootFact]
    public Task A_coordinator_on_loopback_is_named_with_its_remedy() => Sandbox.UseAsync(TestUser.Root, "loopback", async sandbox =>
    {
        using Cluster cluster = await Cluster.StartAsync(sandbox, 2);
        RunningProgram run = cluster.Start(Home, Installation.Interpose, "run", "--new-coordinator", "--", "sh", "-c", "ssh node2 hostname");
        (await run.WaitAsync()).MustFail(255, "coordinator cannot be reached", "--listen");
    });

    [RootFact]
    public Task A_program_and_its_connection_move_to_other_hosts_and_come_together_on_one() => Sandbox.UseAsync(TestUser.Root, "move", async sandbox =>
    {
        using Cluster cluster = await Cluster.StartAsync(sandbox, 3);
        RunningProgram first = cluster.Start(
            Home, Installation.Interpose, "run", "--new-coordinator", "--listen", "0.0.0.0", "--",
            "python3", Installation.Program("over_hosts.py"), sandbox.GoFile);
        await Poll.UntilAsync("the programs to be connected", () => first.Output.Contains("READY", StringComparison.Ordinal) || first.HasEnded, s_patience);

        RunningProgram last = first;
        foreach (string map in s_moves)
        {
            CommandResult stopped = (await cluster.Start(Home, Installation.Interpose, "checkpoint", "--stop").WaitAsync(s_patience)).MustSucceed();
            Assert.Equal(137, (await last.WaitAsync(s_patience)).ExitCode);
            if (last == first)
            {
                await RestartWithoutImagesAsync(cluster, "node3", stopped.Output.Trim());
            }

            last = cluster.Start(Home, Installation.Interpose, "restart", "--map", map, stopped.Output.Trim());
            await Poll.UntilAsync($"the restart with {map}", async () => last.HasEnded || await IsRunningAsync(cluster), s_patience);
        }

        sandbox.Go();
        (await last.WaitAsync(s_patience)).MustSucceed();
        Assert.Equal("READY\nclient on node2 has ended 7\n", first.Output);
    });

    [RootFact]
    public Task Interpose_may_be_in_another_directory_on_another_host() => Sandbox.UseAsync(TestUser.Root, "home", async sandbox =>
    {
        using Cluster cluster = await Cluster.StartAsync(sandbox, 2);
        await cluster.RehomeAsync(
            "node2", Path.GetDirectoryName(Path.GetDirectoryName(Installation.Interpose)!)!, Path.Combine(sandbox.Root, "elsewhere"));
        RunningProgram first = cluster.Start(
            Home, Installation.Interpose, "run", "--new-coordinator", "--listen", "0.0.0.0", "--",
            "python3", Path.Combine(Installation.Repository, "tests", "programs", "over_hosts.py"), sandbox.GoFile);
        await Poll.UntilAsync("the programs to be connected", () => first.Output.Contains("READY", StringComparison.Ordinal) || first.HasEnded, s_patience);
        CommandResult stopped = (await cluster.Start(Home, Installation.Interpose, "checkpoint", "--stop").WaitAsync(s_patience)).MustSucceed();
        Assert.Equal(137, (await first.WaitAsync(s_patience)).ExitCode);
        RunningProgram second = cluster.Start(Home, Installation.Interpose, "restart", stopped.Output.Trim());
        sandbox.Go();
        (await second.WaitAsync(s_patience)).MustSucceed();
        Assert.Equal("READY\nclient on node2 has ended 7\n", first.Output);
    });

    [RootTheory]
    [InlineData("mpich", "ring")]
    [InlineData("openmpi", "ring")]
    public Task An_mpi_job_over_three_hosts_goes_on_after_a_restart(string library, string program) => Sandbox.UseAsync(TestUser.Root, library, async sandbox =>
    {
        const int ranks = 6;
        using Cluster cluster = await Cluster.StartAsync(sandbox, 3);
        sandbox.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        sandbox.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        string[] launcher = library == "openmpi"
            ? ["mpiexec.openmpi", "--host", "node1:2,node2:2,node3:2"]
            : ["mpiexec.mpich", "-hosts", "node1,node2,node3"];
        RunningProgram run = cluster.Start(
            Home,
            [Installation.Interpose, "run", "--new-coordinator", "--listen", "0.0.0.0", "--", .. launcher, "-n", $"{ranks}",
                Installation.Mpi($"{library}/{program}"), sandbox.GoFile]);
        await Poll.UntilAsync("all ranks to be connected", () => run.Output.Contains("READY", StringComparison.Ordinal) || run.HasEnded, s_patience);

        CommandResult stopped = (await cluster.Start(Home, Installation.Interpose, "checkpoint", "--stop").WaitAsync(s_patience)).MustSucceed();
        Assert.DoesNotContain("outside", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(137, (await run.WaitAsync(s_patience)).ExitCode);

        RunningProgram restarted = cluster.Start(Home, Installation.Interpose, "restart", stopped.Output.Trim());
        sandbox.Go();
        await Poll.UntilAsync("all ranks to be content", () => Verdicts(run, restarted).Length == ranks || restarted.HasEnded, s_patience);
        Assert.Equal(
            Enumerable.Range(0, ranks).Select(rank => $"rank {rank} of {ranks} is content"), Verdicts(run, restarted).Order(StringComparer.Ordinal));
        if (library == "mpich")
        {
            // MPI_Finalize of Debian's MPICH over several hosts often does not end, also without Interpose (docs/clusters.md).
            (await cluster.Start(Home, Installation.Interpose, "kill").WaitAsync()).MustSucceed();
            return;
        }

        (await restarted.WaitAsync(s_patience)).MustSucceed();
    });

    /// <summary>What fails on another host is said here, with its name; the checkpoint can be restarted afterwards.</summary>
    private static async Task RestartWithoutImagesAsync(Cluster cluster, string host, string directory)
    {
        (await cluster.Start(host, "mount", "-t", "tmpfs", "tmpfs", directory).WaitAsync()).MustSucceed();
        CommandResult result = await cluster.Start(Home, Installation.Interpose, "restart", "--map", $"node2={host}", directory).WaitAsync(s_patience);
        result.MustFail(1, $"the processes of node2 could not be restarted on {host}", directory);

        // Lazily: the command there may not have ended yet and still have it open.
        (await cluster.Start(host, "umount", "--lazy", directory).WaitAsync()).MustSucceed();
    }

    private static async Task<bool> IsRunningAsync(Cluster cluster)
    {
        CommandResult result = await cluster.Start(Home, Installation.Interpose, "status", "--json").WaitAsync(s_patience);
        if (result.ExitCode != 0)
        {
            return false;
        }

        using var status = JsonDocument.Parse(result.Output);
        return string.Equals(status.RootElement.GetProperty("phase").GetString(), "running", StringComparison.OrdinalIgnoreCase)
            && status.RootElement.GetProperty("processes").GetArrayLength() == 4;
    }

    // The standard output of the restarted job is that of the first one, a file.
    private static string[] Verdicts(RunningProgram first, RunningProgram restarted) =>
        [.. $"{first.Output}{restarted.Output}".Split('\n').Where(line => line.EndsWith(" is content", StringComparison.Ordinal))];
}
