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
}
