using System.Globalization;
using Interpose.Agent.Abi;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>Signal dispositions and timers. Pending signals are in the threads' slots, which are part of the memory.</summary>
internal static unsafe class SignalCollector
{
    private const int Signals = 64;

    /// <summary>The timers as they are now.</summary>
    public static TimerReadings Timers() => new([.. Enumerable.Range(0, 3).Select(Interval)], PosixTimers());

    /// <summary>Numbers of the signals that were taken out of the kernel's queues.</summary>
    public static HashSet<int> Collected(NativeState* state)
    {
        var numbers = new HashSet<int>();
        for (uint i = 0; i < Math.Min(state->PendingCount, state->PendingCapacity); i++)
        {
            numbers.Add(*(int*)state->Pending[i].Info);
        }

        return numbers;
    }

    /// <summary>Whether a signal has the effect that the kernel gives it.</summary>
    public static bool IsDefault(int signal) => Action(signal).Handler == 0;

    /// <param name="before">The timers before pending signals were collected.</param>
    /// <param name="collected">The signals that were.</param>
    public static SignalMetadata Collect(TimerReadings before, HashSet<int> collected)
    {
        TimerReadings now = Timers().WithExpired(before, collected);
        return new SignalMetadata
        {
            Actions = [.. Enumerable.Range(1, Signals).Select(Action)],
            IntervalTimers = now.Interval,
            PosixTimers = now.Posix,
        };
    }

    private static SignalAction Action(int signal)
    {
        // struct kernel_sigaction: handler, flags, restorer, mask
        ulong* action = stackalloc ulong[4];
        Sys.Try(SyscallNumber.RtSigaction, (ulong)signal, 0, (ulong)action, 8);
        return new SignalAction { Handler = action[0], Flags = action[1], Restorer = action[2], Mask = action[3] };
    }

    private static IntervalTimer Interval(int which)
    {
        long* value = stackalloc long[4];
        Sys.Try(SyscallNumber.Getitimer, (ulong)which, (ulong)value);
        return new IntervalTimer
        {
            IntervalUs = (value[0] * 1_000_000) + value[1],
            ValueUs = (value[2] * 1_000_000) + value[3],
        };
    }

    /// <summary>/proc/PID/timers, proc_pid_timers(5): four lines for each timer.</summary>
    private static List<PosixTimer> PosixTimers()
    {
        var timers = new List<PosixTimer>();
        string[] lines = Sys.ReadText("/proc/self/timers").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i + 3 < lines.Length; i += 4)
        {
            int id = Number(After(lines[i], "ID:"));
            string[] signal = After(lines[i + 1], "signal:").Split('/');
            string[] notify = After(lines[i + 2], "notify:").Split('/', '.');
            timers.Add(Timer(id, signal, notify, Number(After(lines[i + 3], "ClockID:"))));
        }

        return timers;
    }

    private static PosixTimer Timer(int id, string[] signal, string[] notify, int clock)
    {
        const int SigevNone = 1, SigevThread = 2, SigevThreadId = 4;
        long* value = stackalloc long[4];
        Sys.Try(SyscallNumber.TimerGettime, (ulong)id, (ulong)value);
        int kind = notify[0] switch
        {
            "none" => SigevNone,
            "thread" => SigevThread,
            _ => 0,
        };
        bool toThread = notify.Length > 2 && notify[1] == "tid";
        return new PosixTimer
        {
            Id = id,
            ClockId = clock,
            Signal = Number(signal[0]),
            Value = signal.Length > 1 ? ulong.Parse(signal[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0,
            Notify = kind | (toThread ? SigevThreadId : 0),
            ThreadId = toThread ? Number(notify[2]) : 0,
            IntervalNs = (value[0] * 1_000_000_000) + value[1],
            RemainingNs = (value[2] * 1_000_000_000) + value[3],
            Overrun = (int)Math.Max(0, Sys.Try(SyscallNumber.TimerGetoverrun, (ulong)id)),
        };
    }

    private static string After(string line, string key) => line[(line.IndexOf(key, StringComparison.Ordinal) + key.Length)..].Trim();

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
