using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Mpi;

/// <summary>An MPI job on one host, with the transports that its library chooses by itself, through several generations.</summary>
public static class MpiScenario
{
    private const string Ranks = "4";

    // Moments in a program's rounds, so that checkpoints meet different work.
    private static readonly int[] s_offsets = [50, 300, 150];

    /// <summary>Libraries and programs, as data of a theory.</summary>
    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string library in new[] { "mpich", "openmpi" })
            {
                foreach (string program in new[] { "ring", "collectives", "pending", "windows", "file_io", "threads" })
                {
                    all.Add(library, program);
                }
            }

            return all;
        }
    }

    /// <summary>Every rank checks what it receives; the job ends by itself when it is told to.</summary>
    internal static Task RunAsync(TestUser user, string library, string program) => Sandbox.UseAsync(user, $"{library}-{program}", async sandbox =>
    {
        Application application = await StartAsync(sandbox, library, program);
        await application.CheckpointAsync();
        foreach (int offset in s_offsets)
        {
            await Task.Delay(offset);
            await application.StopAsync();
            await application.RestartWithAsync([]);
        }

        sandbox.Go();
        CommandResult result = await application.Current.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(result.ExitCode == 0, $"the last generation ended with {result.ExitCode}\n{application.Output}\n{result.Error}");
        Assert.Equal(
            ["READY", .. Enumerable.Range(0, 4).Select(rank => $"rank {rank} of {Ranks} is content")],
            application.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    });

    /// <summary>An interrupt that reaches a restored mpiexec ends the whole job, and its exit status says so.</summary>
    internal static Task InterruptAsync(TestUser user, string library) => Sandbox.UseAsync(user, $"{library}-interrupt", async sandbox =>
    {
        Application application = await StartAsync(sandbox, library, "ring");
        await application.StopAsync();
        await application.RestartWithAsync([]);
        application.Current.Signal("INT");
        CommandResult result = await application.Current.WaitAsync();
        Assert.NotEqual(0, result.ExitCode);
        await Poll.UntilAsync("all ranks to be gone", () => !sandbox.Programs().Any());
    });

    private static async Task<Application> StartAsync(Sandbox sandbox, string library, string program)
    {
        string[] launcher = library == "openmpi" ? ["mpiexec.openmpi", "--oversubscribe"] : ["mpiexec.mpich"];
        sandbox.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        sandbox.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        Application application = Application.Start(
            sandbox, [], [.. launcher, "-n", Ranks, Installation.Mpi($"{library}/{program}"), sandbox.GoFile]);
        await application.Current.WaitForLineAsync("READY");
        await application.WaitUntilRunningAsync();
        return application;
    }
}
