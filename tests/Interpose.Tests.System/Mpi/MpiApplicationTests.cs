using System.Text.RegularExpressions;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Mpi;

/// <summary>Programs of Debian that use MPI: their results are those of undisturbed runs.</summary>
[Collection("mpi")]
public sealed partial class MpiApplicationTests
{
    private const int LinesBetween = 10;
    private const string Ranks = "4";
    private static readonly string[] s_openMpi = ["mpiexec.openmpi", "--oversubscribe"];
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    [Fact]
    public Task Lammps_computes_the_same_bits_over_three_restarts() => Sandbox.UseAsync(TestUser.User, "lammps", async sandbox =>
    {
        string[] WordsFor(string steps) =>
            [.. s_openMpi, "-n", Ranks, "lmp", "-in", Path.Combine(Installation.Repository, "tests", "mpi", "melt.in"), "-var", "steps", steps];
        Application application = Application.Start(sandbox, [], WordsFor("1000000000"));
        await ComputeAsync(application);
        for (int generation = 0; generation < 3; generation++)
        {
            await application.StopAsync();
            await application.RestartWithAsync([]);
            await ComputeAsync(application);
        }

        (await sandbox.InterposeAsync("kill")).MustSucceed();
        await application.Current.WaitAsync();
        string[] computed = Numbers(application.Output);
        CommandResult undisturbed = (await sandbox.Start(WordsFor(computed[^1].Split(' ')[0])).WaitAsync(s_patience)).MustSucceed();
        Assert.Equal(Numbers(undisturbed.Output), computed);
    });

    [Fact]
    public Task Python_ranks_exchange_objects_and_arrays() => Sandbox.UseAsync(TestUser.User, "mpi4py", async sandbox =>
    {
        Application application = Application.Start(
            sandbox, [],
            [.. s_openMpi, "-n", Ranks, "/usr/bin/python3", Path.Combine(Installation.Repository, "tests", "mpi", "mpi4py_job.py"), sandbox.GoFile]);
        await application.Current.WaitForLineAsync("READY");
        await application.WaitUntilRunningAsync();
        for (int generation = 0; generation < 3; generation++)
        {
            await application.CheckpointAsync();
            await application.StopAsync();
            await application.RestartWithAsync([]);
        }

        sandbox.Go();
        CommandResult result = await application.Current.WaitAsync(s_patience);
        Assert.True(result.ExitCode == 0, $"the last generation ended with {result.ExitCode}\n{application.Output}\n{result.Error}");
        Assert.Equal(
            ["READY", .. Enumerable.Range(0, 4).Select(rank => $"rank {rank} of {Ranks} is content")],
            application.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    });

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public Task Netpipe_loses_nothing_under_checkpoints_in_a_row(string library) => Sandbox.UseAsync(TestUser.User, $"netpipe-{library}", async sandbox =>
    {
        const int sizes = 24;
        string[] program = library == "openmpi" ? [.. s_openMpi, "-n", "2", "NPopenmpi"] : ["mpiexec.mpich", "-n", "2", "NPmpich2"];
        RunningProgram run = sandbox.Start(
            [Installation.Interpose, "run", "--new-coordinator", "--interval", "50ms", "--", .. program, "-i", "-u", "16384", "-n", "3000", "-o", "measured"]);
        CommandResult result = await run.WaitAsync(s_patience);
        Assert.True(result.ExitCode == 0, $"the job ended with {result.ExitCode}\n{result.Output}\n{result.Error}");

        // One library prints what it measures to the standard output, the other one to the standard error.
        Assert.Equal(sizes, Passed().Count(result.Output + result.Error));
        Assert.NotEmpty(Directory.EnumerateFiles(sandbox.State, "manifest", SearchOption.AllDirectories));
    });

    private static async Task ComputeAsync(Application application)
    {
        int before = Numbers(application.Output).Length;
        await Poll.UntilAsync(
            "the job to compute", () => Numbers(application.Output).Length >= before + LinesBetween || application.Current.HasEnded, s_patience);
        await application.WaitUntilRunningAsync();
    }

    // Whole lines: the job is killed in the middle of one.
    private static string[] Numbers(string output) =>
        [.. output[..(output.LastIndexOf('\n') + 1)].Split('\n').Where(line => Thermodynamics().IsMatch(line)).Select(line => line.Trim())];

    [GeneratedRegex(@"^ *\d+( +-?[\d.e+-]+){4} *$", RegexOptions.CultureInvariant)]
    private static partial Regex Thermodynamics();

    [GeneratedRegex("Integrity check passed", RegexOptions.CultureInvariant)]
    private static partial Regex Passed();
}
