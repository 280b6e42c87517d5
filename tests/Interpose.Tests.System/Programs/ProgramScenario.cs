using System.Globalization;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Programs;

/// <summary>Five generations of a real program, compared with an undisturbed run.</summary>
internal static class ProgramScenario
{
    private const int Generations = 5;

    // Long enough for the JIT to be at work.
    private const int StepsBetween = 20;

    /// <summary>Runs the scenario.</summary>
    public static Task RunAsync(TestUser user, string name) => Sandbox.UseAsync(user, name, async sandbox =>
    {
        ProgramCase program = ProgramCase.Named(name);
        string[] words = program.Words();
        string disturbed = Path.Combine(sandbox.Work, "disturbed"), undisturbed = Path.Combine(sandbox.Work, "undisturbed");
        string pause = $"{sandbox.GoFile}.pause";

        Application application = Application.Start(sandbox, [], [.. words, disturbed, sandbox.GoFile]);
        await application.WaitUntilRunningAsync();
        for (int generation = 0; generation < Generations; generation++)
        {
            await WaitForStepsAsync(application, disturbed, StepsBetween);
            if (program.Paused)
            {
                await PauseAsync(application, pause);
            }

            await application.CheckpointAsync();
            await application.KillAsync();
            File.Delete(pause);
            File.Delete($"{pause}.reached");
            await application.RestartAsync();
        }

        await WaitForStepsAsync(application, disturbed, StepsBetween);
        sandbox.Go();
        (await application.Current.WaitAsync()).MustSucceed();

        string steps = File.ReadLines(disturbed).Last().Split(' ')[1];
        RunningProgram reference = sandbox.Start([.. words, undisturbed, "/nonexistent", steps]);
        (await reference.WaitAsync(TimeSpan.FromMinutes(5))).MustSucceed();
        AssertSame(undisturbed, disturbed);
    });

    // What the killed program wrote after its checkpoint stays in the file until it is written once
    // more, so that progress counts from all lines that are there.
    private static async Task WaitForStepsAsync(Application application, string path, int steps)
    {
        int before = CountLines(path);
        await Poll.UntilAsync(
            string.Create(CultureInfo.InvariantCulture, $"{steps} more steps after {before}"),
            () =>
            {
                Assert.False(application.Current.HasEnded, $"ended: {application.Current.Output}{application.Current.Error}");
                return CountLines(path) >= before + steps;
            });
    }

    private static Task PauseAsync(Application application, string pause)
    {
        File.WriteAllText(pause, string.Empty);
        return Poll.UntilAsync("the pause", () =>
        {
            Assert.False(application.Current.HasEnded, $"ended: {application.Current.Error}");
            return File.Exists($"{pause}.reached");
        });
    }

    private static int CountLines(string path) => File.Exists(path) ? File.ReadLines(path).Count() : 0;

    private static void AssertSame(string expectedPath, string foundPath)
    {
        string[] expected = File.ReadAllLines(expectedPath), found = File.ReadAllLines(foundPath);
        for (int i = 0; i < Math.Min(expected.Length, found.Length); i++)
        {
            Assert.True(expected[i] == found[i], $"line {i + 1} is '{found[i]}' instead of '{expected[i]}'");
        }

        Assert.Equal(expected.Length, found.Length);
    }
}
