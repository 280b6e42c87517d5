using System.Text.Json;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Hosts;

/// <summary>Computations over several hosts, each with its own network, name, process ids and /dev/shm.</summary>
public sealed class HostsTests
{
    private const string Home = "node1";

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

    [RootTheory]
    [InlineData("mpich", "ring")]
    [InlineData("mpich", "windows")]
    [InlineData("openmpi", "ring")]
    public Task Generations_of_a_job_on_three_hosts(string library, string program) => JobAsync(library, program, 3, [[], []]);

    private static Task JobAsync(string library, string program, int hosts, string[][] restarts) =>
        Sandbox.UseAsync(TestUser.Root, $"hosts-{library}-{program}", async sandbox =>
        {
            sandbox.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
            sandbox.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
            using Cluster cluster = await Cluster.StartAsync(sandbox, hosts);
            string[] launcher = library == "mpich"
                ? ["mpiexec.mpich", "-hosts", "node1,node2,node3"]
                : ["mpiexec.openmpi", "--mca", "btl_tcp_if_include", "eth0", "--mca", "oob_tcp_if_include", "eth0", "-H", "node1:2,node2:2,node3:2"];
            RunningProgram current = cluster.Start(
                Home,
                [Installation.Interpose, "run", "--new-coordinator", "--listen", "0.0.0.0", "--", .. launcher, "-n", "6", Installation.Mpi($"{library}/{program}"), sandbox.GoFile]);
            List<RunningProgram> generations = [current];
            await current.WaitForLineAsync("READY");
            foreach (string[] options in restarts)
            {
                CommandResult stopped = (await cluster.InterposeAsync(Home, "checkpoint", "--stop")).MustSucceed();
                await current.WaitAsync();
                current = cluster.Start(Home, [Installation.Interpose, "restart", .. options, stopped.Output.Trim()]);
                generations.Add(current);
                await Poll.UntilAsync("the job to run", () => IsRunningAsync(cluster, current));
            }

            sandbox.Go();
            CommandResult result = await current.WaitAsync(TimeSpan.FromSeconds(60));
            string output = string.Concat(generations.Select(generation => generation.Output));
            Assert.True(result.ExitCode == 0, $"the last generation ended with {result.ExitCode}\n{output}\n{result.Error}");
            Assert.Equal(
                ["READY", .. Enumerable.Range(0, 6).Select(rank => $"rank {rank} of 6 is content")],
                output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        });

    private static async Task<bool> IsRunningAsync(Cluster cluster, RunningProgram restart)
    {
        Assert.False(restart.HasEnded, $"ended: {restart.Output}{restart.Error}");
        CommandResult result = await cluster.InterposeAsync(Home, "status", "--json");
        if (result.ExitCode != 0)
        {
            return false;
        }

        using var status = JsonDocument.Parse(result.Output);
        return string.Equals(status.RootElement.GetProperty("phase").GetString(), "running", StringComparison.OrdinalIgnoreCase)
            && status.RootElement.GetProperty("processes").GetArrayLength() > 0;
    }
}
