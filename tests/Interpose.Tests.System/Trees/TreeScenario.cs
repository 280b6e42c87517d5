using System.Globalization;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Trees;

/// <summary>
/// Several generations of a process tree under checkpoints at an interval, each ended by one that stops
/// it; what it prints is compared with an undisturbed run.
/// </summary>
internal static class TreeScenario
{
    // Offsets from a checkpoint of the interval to the one that stops, so that they meet different work.
    private static readonly int[] s_offsets = [100, 700, 400];

    // Below the ports that the kernel gives to clients.
    private static int s_port = 18000 + (Environment.ProcessId % 200 * 50);

    /// <summary>Runs the scenario.</summary>
    public static Task RunAsync(TestUser user, string name, string codec) => Sandbox.UseAsync(user, name, async sandbox =>
    {
        TreeCase program = TreeCase.Named(name);
        string reference = await ReferenceAsync(sandbox, program);

        string[] options = ["--interval", "1", "--codec", codec];
        string directory = Path.Combine(sandbox.Work, "disturbed");
        Application application = Application.Start(sandbox, options, [.. program.Words(), directory, sandbox.GoFile, NextPort()]);
        await application.WaitUntilRunningAsync();
        foreach (int offset in s_offsets)
        {
            await WaitForCheckpointAsync(sandbox, application);
            await Task.Delay(offset);
            await application.StopAsync();
            await application.RestartWithAsync(options);
        }

        await WaitForCheckpointAsync(sandbox, application);
        sandbox.Go();
        CommandResult result = await application.Current.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(result.ExitCode == 0, $"the last generation ended with {result.ExitCode}\n{application.Output}\n{result.Error}");
        AssertSame(reference, application.Output);
    });

    private static async Task<string> ReferenceAsync(Sandbox sandbox, TreeCase program)
    {
        string directory = Path.Combine(sandbox.Work, "undisturbed");
        RunningProgram run = sandbox.Start([.. program.Words(), directory, "/dev/null", NextPort()]);
        return (await run.WaitAsync(TimeSpan.FromSeconds(60))).MustSucceed().Output;
    }

    private static string NextPort() => Interlocked.Increment(ref s_port).ToString(CultureInfo.InvariantCulture);

    private static Task WaitForCheckpointAsync(Sandbox sandbox, Application application)
    {
        int before = CountCheckpoints(sandbox);
        return Poll.UntilAsync("a checkpoint of the interval", () =>
        {
            Assert.False(application.Current.HasEnded, $"ended: {application.Output}{application.Current.Error}");
            return CountCheckpoints(sandbox) > before;
        });
    }

    private static int CountCheckpoints(Sandbox sandbox)
    {
        string directory = Path.Combine(sandbox.State, "checkpoints");
        return Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "manifest", SearchOption.AllDirectories).Count()
            : 0;
    }

    // A program repeats a round of work until it is told to end; undisturbed it did one. So each line is
    // there as often as in the undisturbed run, or that many times for each round, in the same order.
    private static void AssertSame(string expected, string found)
    {
        string[] expectedLines = expected.Split('\n'), foundLines = found.Split('\n');
        Assert.Equal(expectedLines.Distinct(), foundLines.Distinct());
        Dictionary<string, int> expectedCounts = Counts(expectedLines), foundCounts = Counts(foundLines);
        int rounds = foundCounts.Max(pair => pair.Value / expectedCounts[pair.Key]);
        Assert.All(foundCounts, pair => Assert.True(
            pair.Value == expectedCounts[pair.Key] || pair.Value == rounds * expectedCounts[pair.Key],
            $"in {rounds} rounds '{pair.Key}' came {pair.Value} times, in one round {expectedCounts[pair.Key]} times\n{found}"));
    }

    private static Dictionary<string, int> Counts(string[] lines) =>
        lines.CountBy(line => line).ToDictionary(pair => pair.Key, pair => pair.Value);
}
