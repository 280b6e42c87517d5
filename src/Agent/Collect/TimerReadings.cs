using Interpose.Images.Metadata;

namespace Interpose.Agent.Collect;

/// <summary>What is left of all timers at one moment.</summary>
internal sealed record TimerReadings(IReadOnlyList<IntervalTimer> Interval, IReadOnlyList<PosixTimer> Posix)
{
    private static readonly int[] s_signals = [14, 26, 27]; // SIGALRM, SIGVTALRM, SIGPROF: setitimer(2)

    /// <summary>
    /// A timer that ran out after the pending signals were collected has its signal in the kernel, where the image does
    /// not reach: it is to run out again at once. The same holds for a repeating interval timer, which the kernel only
    /// starts anew when its signal is taken.
    /// </summary>
    public TimerReadings WithExpired(TimerReadings before, HashSet<int> collected) => new(
        [.. Interval.Select((t, i) => t.ValueUs == 0 && (t.IntervalUs != 0
                || (before.Interval[i].ValueUs != 0 && !collected.Contains(s_signals[i])))
            ? new IntervalTimer { IntervalUs = t.IntervalUs, ValueUs = 1 }
            : t)],
        [.. Posix.Select(t => t.RemainingNs == 0 && t.IntervalNs == 0 && !collected.Contains(t.Signal)
                && before.Posix.Any(b => b.Id == t.Id && b.RemainingNs != 0)
            ? Soon(t)
            : t)]);

    private static PosixTimer Soon(PosixTimer t) => new()
    {
        Id = t.Id,
        ClockId = t.ClockId,
        Signal = t.Signal,
        Notify = t.Notify,
        Value = t.Value,
        ThreadId = t.ThreadId,
        IntervalNs = t.IntervalNs,
        RemainingNs = 1,
        Overrun = t.Overrun,
    };
}
