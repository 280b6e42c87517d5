using System.Globalization;
using System.Text.Json;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>What goes wrong during a checkpoint leaves the program running and the last checkpoint whole.</summary>
public sealed class CheckpointFaultTests
{
    private const int Failure = 1;
    private const int NoCoordinator = 3;
    private const int Busy = 4;
    private const int Timeout = 5;
    private const int Unsupported = 7;

    [Fact]
    public Task Directory_that_cannot_be_written_fails_the_checkpoint_only() =>
        Sandbox.UseAsync(TestUser.User, "unwritable", async sandbox =>
        {
            string directory = Path.Combine(sandbox.Work, "checkpoints");
            Application application = await Application.StartGuestAsync(sandbox, "heap_brk", "--ckpt-dir", directory);
            await application.CheckpointAsync();
            string[] all = [directory, .. Directory.GetDirectories(directory, "*", SearchOption.AllDirectories)];
            foreach (string one in all)
            {
                File.SetUnixFileMode(one, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }

            (await sandbox.InterposeAsync("checkpoint")).MustFail(Failure, "checkpoints");
            foreach (string one in all)
            {
                File.SetUnixFileMode(one, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            (await sandbox.InterposeAsync("images", "verify", application.Checkpoint)).MustSucceed();
            await application.NextGenerationAsync();
            sandbox.Go();
            await application.MustPassAsync("heap_brk");
        });

    [Fact]
    public Task File_that_cannot_be_saved_is_named_and_the_program_goes_on() =>
        Sandbox.UseAsync(TestUser.User, "unsupported", async sandbox =>
        {
            Application application = await Application.StartGuestAsync(sandbox, "refused");
            (await sandbox.InterposeAsync("checkpoint")).MustFail(Unsupported, "anon_inode:[userfaultfd]");
            sandbox.Go();
            await application.MustPassAsync("refused");
        });

    [RootFact]
    public Task Full_disk_fails_the_checkpoint_only() => Sandbox.UseAsync(TestUser.Root, "full", async sandbox =>
    {
        string directory = Path.Combine(sandbox.Work, "checkpoints");
        Directory.CreateDirectory(directory);
        Shell.Run("mount", "-t", "tmpfs", "-o", "size=24m", "interpose-test", directory);
        try
        {
            Application application = Application.Start(
                sandbox, ["--ckpt-dir", directory, "--codec", "none"], Installation.Guest("ballast"), sandbox.GoFile, "16");
            await application.Current.WaitForLineAsync("READY");
            await application.WaitUntilRunningAsync();
            await application.CheckpointAsync();
            string whole = application.Checkpoint;
            (await sandbox.InterposeAsync("checkpoint")).MustFail(Failure, "space");
            (await sandbox.InterposeAsync("images", "verify", whole)).MustSucceed();
            string[] manifests = Directory.GetFiles(directory, "manifest", SearchOption.AllDirectories);
            Assert.Equal([Path.Combine(whole, "manifest")], manifests);
            await application.KillAsync();
            await application.RestartAsync();
            sandbox.Go();
            await application.MustPassAsync("ballast");
        }
        finally
        {
            Shell.Run("umount", "--lazy", directory);
        }
    });

    [Fact]
    public Task Stopped_program_is_checkpointed_and_stays_stopped() =>
        Sandbox.UseAsync(TestUser.User, "stopped", async sandbox =>
        {
            Application application = await Application.StartGuestAsync(sandbox, "threads");
            application.Current.Signal("STOP");
            await Poll.UntilAsync("the program to stop", () => File.ReadAllText($"/proc/{application.Pid}/stat").Contains(") T ", StringComparison.Ordinal));
            await application.CheckpointAsync();
            await Poll.UntilAsync("the program to stop again", () => File.ReadAllText($"/proc/{application.Pid}/stat").Contains(") T ", StringComparison.Ordinal));
            application.Current.Signal("CONT");
            await application.WaitUntilRunningAsync();
            await application.NextGenerationAsync();
            sandbox.Go();
            await application.MustPassAsync("threads");
        });

    [Fact]
    public Task Two_checkpoints_at_once_are_one_after_the_other_or_refused() =>
        Sandbox.UseAsync(TestUser.User, "twice", async sandbox =>
        {
            Application application = Application.Start(sandbox, [], Installation.Guest("ballast"), sandbox.GoFile, "64");
            await application.Current.WaitForLineAsync("READY");
            await application.WaitUntilRunningAsync();
            CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => sandbox.InterposeAsync("checkpoint")));
            Assert.Contains(results, result => result.ExitCode == 0);
            Assert.All(results, result =>
            {
                if (result.ExitCode != 0)
                {
                    result.MustFail(Busy);
                }
            });
            foreach (string path in results.Where(result => result.ExitCode == 0).Select(result => result.Output.Trim()).Distinct())
            {
                (await sandbox.InterposeAsync("images", "verify", path)).MustSucceed();
            }

            await application.CheckpointAsync();
            sandbox.Go();
            await application.MustPassAsync("ballast");
        });

    [Fact]
    public Task Interval_shorter_than_a_checkpoint_lets_the_program_work() =>
        Sandbox.UseAsync(TestUser.User, "interval", async sandbox =>
        {
            // Never seen at rest: the next checkpoint begins when one is done.
            Application application = Application.Start(
                sandbox, ["--interval", "1ms"], Installation.Guest("threads"), sandbox.GoFile);
            await application.Current.WaitForLineAsync("READY");
            await Poll.UntilAsync("ten checkpoints", async () => await EpochAsync(sandbox) >= 10);
            await application.KillAsync();
            CommandResult list = (await sandbox.InterposeAsync("images", "list", "--json")).MustSucceed();
            Assert.NotEmpty(list.Output);
            RunningProgram restart = sandbox.Start(Installation.Interpose, "restart", "--latest");
            sandbox.Go();
            CommandResult result = await restart.WaitAsync();
            Assert.True(result.ExitCode == 0, $"{result.ExitCode} {result.Output}{result.Error}");
        });

    [Fact]
    public Task Program_outlives_its_coordinator() => Sandbox.UseAsync(TestUser.User, "orphan", async sandbox =>
    {
        Application application = await Application.StartGuestAsync(sandbox, "threads");
        await application.CheckpointAsync();
        Shell.Run("kill", "-9", await CoordinatorPidAsync(sandbox));
        (await sandbox.InterposeAsync("checkpoint")).MustFail(NoCoordinator);
        sandbox.Go();
        await application.MustPassAsync("threads");
    });

    // The delay moves the kill through the phases; what matters holds at each of them.
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(160)]
    public Task Coordinator_killed_during_a_checkpoint_costs_no_thread(int milliseconds) =>
        Sandbox.UseAsync(TestUser.User, "phases", async sandbox =>
        {
            Application application = Application.Start(
                sandbox, ["--codec", "none"], Installation.Guest("ballast"), sandbox.GoFile, "64");
            await application.Current.WaitForLineAsync("READY");
            await application.WaitUntilRunningAsync();
            await application.CheckpointAsync();
            string coordinator = await CoordinatorPidAsync(sandbox);
            int threads = ThreadCount(application.Pid);
            RunningProgram checkpoint = sandbox.Start(
                "/bin/sh", "-c", $"{Installation.Interpose} checkpoint & sleep {milliseconds / 1000.0:F3}; kill -9 {coordinator}; wait $!");
            CommandResult result = await checkpoint.WaitAsync();
            Assert.True(result.ExitCode is 0 or Failure or NoCoordinator, $"{result.ExitCode} {result.Error}");
            (await sandbox.InterposeAsync("images", "verify", application.Checkpoint)).MustSucceed();
            Assert.Equal(threads, ThreadCount(application.Pid));
            sandbox.Go();
            await application.MustPassAsync("ballast");
        });

    [Fact]
    public Task Program_that_ends_during_a_checkpoint_ends_as_it_would() =>
        Sandbox.UseAsync(TestUser.User, "exits", async sandbox =>
        {
            for (int round = 0; round < 10; round++)
            {
                File.Delete(sandbox.GoFile);
                Application application = await Application.StartGuestAsync(sandbox, "coroutines");
                RunningProgram checkpoint = sandbox.Start(Installation.Interpose, "checkpoint");
                sandbox.Go();
                await application.MustPassAsync("coroutines");
                CommandResult result = await checkpoint.WaitAsync();
                Assert.True(result.ExitCode is 0 or Failure or Busy, $"{result.ExitCode} {result.Error}");
                if (result.ExitCode == 0)
                {
                    (await sandbox.InterposeAsync("images", "verify", result.Output.Trim())).MustSucceed();
                }

                (await sandbox.InterposeAsync("status")).MustSucceed();
            }
        });

    [Fact]
    public Task Stop_ends_the_program_after_the_commit() => Sandbox.UseAsync(TestUser.User, "stop", async sandbox =>
    {
        Application application = await Application.StartGuestAsync(sandbox, "threads");
        string path = (await sandbox.InterposeAsync("checkpoint", "--stop")).MustSucceed().Output.Trim();
        CommandResult ended = await application.Current.WaitAsync();
        Assert.Equal(137, ended.ExitCode);
        await application.RestartAsync(path, []);
        sandbox.Go();
        await application.MustPassAsync("threads");
    });

    private static int ThreadCount(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Length;

    private static async Task<string> CoordinatorPidAsync(Sandbox sandbox)
    {
        using JsonDocument status = await StatusAsync(sandbox);
        return status.RootElement.GetProperty("coordinatorPid").GetInt32().ToString(CultureInfo.InvariantCulture);
    }

    private static async Task<long> EpochAsync(Sandbox sandbox)
    {
        using JsonDocument status = await StatusAsync(sandbox);
        return status.RootElement.GetProperty("epoch").GetInt64();
    }

    private static async Task<JsonDocument> StatusAsync(Sandbox sandbox) =>
        JsonDocument.Parse((await sandbox.InterposeAsync("status", "--json")).MustSucceed().Output);
}
