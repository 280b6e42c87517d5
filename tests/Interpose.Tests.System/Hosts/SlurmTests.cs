using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Hosts;

/// <summary>The example for Slurm (examples/slurm) with Slurm itself, on one node in namespaces (tests/hosts/slurm.sh).</summary>
[Collection("mpi")]
public sealed class SlurmTests
{
    private const string Job = "1";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [RootFact]
    public Task A_job_whose_time_is_over_goes_on_after_it_was_requeued() => Sandbox.UseAsync(TestUser.Root, "slurm", async sandbox =>
    {
        const int ranks = 3;
        string script = Path.Combine(Installation.Repository, "tests", "hosts", "slurm.sh"), directory = Path.Combine(sandbox.Root, "slurm");
        string example = Path.Combine(Installation.Repository, "examples", "slurm", "checkpointed.sbatch");
        string output = Path.Combine(sandbox.Work, "job.out");
        sandbox.Environment["INTERPOSE_HOME"] = Path.GetDirectoryName(Path.GetDirectoryName(Installation.Interpose)!)!;
        Task<CommandResult> SlurmAsync(params string[] words) => sandbox.RunAsync([script, "exec", directory, "env", "-C", sandbox.Work, .. words]);
        async Task<bool> IsAsync(string state) =>
            (await SlurmAsync("scontrol", "show", "job", Job)).MustSucceed().Output.Contains($"JobState={state}", StringComparison.Ordinal);
        try
        {
            (await sandbox.RunAsync(script, "start", directory)).MustSucceed();
            (await SlurmAsync(
                "sbatch", $"--output={output}", example, "mpiexec.mpich", "-launcher", "fork", "-n", $"{ranks}",
                Installation.Mpi("mpich/ring"), sandbox.GoFile)).MustSucceed();
            await Poll.UntilAsync("the job to run", () => TextOf(output).Contains("READY", StringComparison.Ordinal), s_patience);

            // What Slurm does when the limit comes near.
            (await SlurmAsync("scancel", "--batch", "--signal=USR1", Job)).MustSucceed();
            await Poll.UntilAsync("the job to be in the queue again", () => IsAsync("PENDING"), s_patience);

            // Not after two minutes, as Slurm does by itself; but what was issued in the second of the end is not valid any more.
            (await SlurmAsync("scontrol", "update", $"JobId={Job}", "StartTime=now+2seconds")).MustSucceed();
            await Poll.UntilAsync("the job to be started again", () => IsAsync("RUNNING"), s_patience);
            sandbox.Go();
            await Poll.UntilAsync("the job to be completed", async () => !await IsAsync("RUNNING") && !await IsAsync("COMPLETING"), s_patience);

            string[] lines = TextOf(output).Split('\n');
            Assert.True(await IsAsync("COMPLETED"), TextOf(output));
            Assert.Equal(
                Enumerable.Range(0, ranks).Select(rank => $"rank {rank} of {ranks} is content"),
                lines.Where(line => line.EndsWith(" is content", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            Assert.Single(lines, "READY");
        }
        finally
        {
            Shell.TryRun(script, "stop", directory);
        }
    });

    private static string TextOf(string path) => File.Exists(path) ? File.ReadAllText(path) : string.Empty;
}
