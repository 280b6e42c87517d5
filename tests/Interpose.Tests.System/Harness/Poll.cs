using System.Diagnostics;

namespace Interpose.Tests.System.Harness;

/// <summary>The one place where tests wait for something another process does.</summary>
internal static class Poll
{
    /// <summary>Longest wait for anything that takes no time by itself.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(4);

    /// <summary>Waits until the condition holds.</summary>
    /// <param name="what">Names the condition in the error.</param>
    /// <param name="condition">Called again and again.</param>
    /// <param name="deadline">Longest wait; <see cref="Deadline"/> when null.</param>
    /// <exception cref="TimeoutException">The condition did not come to hold.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition, TimeSpan? deadline = null)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Step);
        while (!await condition().ConfigureAwait(false))
        {
            if (watch.Elapsed > (deadline ?? Deadline))
            {
                throw new TimeoutException($"waited {watch.Elapsed.TotalSeconds:F0} s for {what}");
            }

            await timer.WaitForNextTickAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="UntilAsync(string, Func{Task{bool}}, TimeSpan?)"/>
    public static Task UntilAsync(string what, Func<bool> condition, TimeSpan? deadline = null) =>
        UntilAsync(what, () => Task.FromResult(condition()), deadline);
}
