using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>A restarted program uses the standard streams of the restart where the old ones are gone.</summary>
public sealed class StdioTests
{
    [Fact]
    public Task Pipe_at_standard_output_is_replaced_by_that_of_the_restart() => Sandbox.UseAsync(TestUser.User, "stdout", async sandbox =>
    {
        RunningProgram pipeline = sandbox.Start(
            "/bin/bash", "-c",
            $"{Installation.Interpose} run --new-coordinator -- {Installation.Guest("threads")} {sandbox.GoFile} | cat; exit ${{PIPESTATUS[0]}}");
        await pipeline.WaitForLineAsync("READY");
        await Poll.UntilAsync("the program to join", async () => (await sandbox.InterposeAsync("ps")).Output.Contains("threads", StringComparison.Ordinal));
        (await sandbox.InterposeAsync("checkpoint", "--stop")).MustSucceed();
        Assert.Equal(137, (await pipeline.WaitAsync()).ExitCode);

        RunningProgram restart = sandbox.Start(Installation.Interpose, "restart", "--latest");
        sandbox.Go();
        CommandResult result = (await restart.WaitAsync()).MustSucceed();
        Assert.Contains("PASS threads", result.Output, StringComparison.Ordinal);
    });

    [Fact]
    public Task Exit_status_of_a_restarted_program_passes_through() => Sandbox.UseAsync(TestUser.User, "restatus", async sandbox =>
    {
        Application application = Application.Start(
            sandbox, [], "/usr/bin/python3", "-c",
            "import os, sys, time\nprint('READY', flush=True)\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.005)\nsys.exit(42)",
            sandbox.GoFile);
        await application.Current.WaitForLineAsync("READY");
        await application.WaitUntilRunningAsync();
        await application.NextGenerationAsync();
        sandbox.Go();
        Assert.Equal(42, (await application.Current.WaitAsync()).ExitCode);
    });

    [Fact]
    public Task Signal_to_the_restart_reaches_the_program() => Sandbox.UseAsync(TestUser.User, "resignal", async sandbox =>
    {
        Application application = Application.Start(
            sandbox, [], "/usr/bin/python3", "-c",
            "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(43))\nprint('READY', flush=True)\nwhile True: time.sleep(1)");
        await application.Current.WaitForLineAsync("READY");
        await application.WaitUntilRunningAsync();
        await application.NextGenerationAsync();
        application.Current.Signal("TERM");
        Assert.Equal(43, (await application.Current.WaitAsync()).ExitCode);
    });
}
