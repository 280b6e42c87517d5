using System.Runtime.InteropServices;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>Signal dispositions and timers.</summary>
internal sealed class SignalCompiler(ProgramBuilder program, HostFacts host, SignalMetadata signals)
{
    private const int Kill = 9, Stop = 19;
    private const int RestoreTimerIds = 77; // PR_TIMER_CREATE_RESTORE_IDS

    public void Dispositions()
    {
        for (int i = 0; i < signals.Actions.Count; i++)
        {
            int signal = i + 1;
            if (signal is Kill or Stop)
            {
                continue;
            }

            SignalAction a = signals.Actions[i];
            program.Syscall(
                $"disposition of signal {signal}", SyscallNumber.RtSigaction,
                [signal, program.Data<ulong>([a.Handler, a.Flags, a.Restorer, a.Mask]), 0, 8]);
        }
    }

    /// <summary>Last of all: time runs from here.</summary>
    public void Timers()
    {
        PosixTimer[] timers = [.. signals.PosixTimers.OrderBy(t => t.Id)];
        if (timers.Length > 0 && host.HasTimerIds)
        {
            program.Syscall("choose timer ids", SyscallNumber.Prctl, [RestoreTimerIds, 1]);
        }

        int next = 0;
        foreach (PosixTimer timer in timers)
        {
            // Without the choice, ids count up: the ones between are made and thrown away.
            for (; !host.HasTimerIds && next < timer.Id; next++)
            {
                program.Syscall("skip a timer id", SyscallNumber.TimerDelete, [Create(Filler(timer, next))]);
            }

            Argument id = Create(timer);
            program.Syscall(
                $"start timer {timer.Id}", SyscallNumber.TimerSettime,
                [id, 0, program.Data<long>([.. Split(timer.IntervalNs), .. Split(timer.RemainingNs)]), 0]);
            next = timer.Id + 1;
        }

        if (timers.Length > 0 && host.HasTimerIds)
        {
            program.Syscall("timer ids as usual", SyscallNumber.Prctl, [RestoreTimerIds, 0]);
        }

        for (int which = 0; which < signals.IntervalTimers.Count; which++)
        {
            IntervalTimer t = signals.IntervalTimers[which];
            if (t.ValueUs != 0)
            {
                long[] value = [t.IntervalUs / 1_000_000, t.IntervalUs % 1_000_000, t.ValueUs / 1_000_000, t.ValueUs % 1_000_000];
                program.Syscall(
                    $"start interval timer {which}", SyscallNumber.Setitimer, [which, program.Data<long>(value), 0]);
            }
        }
    }

    private Argument Create(PosixTimer timer)
    {
        // struct sigevent: value, signo, notify, tid
        byte[] sigevent = new byte[64];
        MemoryMarshal.Write(sigevent, timer.Value);
        MemoryMarshal.Write(sigevent.AsSpan(8), timer.Signal);
        MemoryMarshal.Write(sigevent.AsSpan(12), timer.Notify);
        MemoryMarshal.Write(sigevent.AsSpan(16), timer.ThreadId);
        Argument id = program.Data(BitConverter.GetBytes((long)timer.Id));
        program.Syscall(
            $"create timer {timer.Id}", SyscallNumber.TimerCreate, [timer.ClockId, program.Data(sigevent), id]);
        int slot = program.Add(
            OperationKind.Fetch, $"id of timer {timer.Id}", 4, [id], Expectation.Value, timer.Id, keep: true);
        return Argument.Slot(slot);
    }

    private static PosixTimer Filler(PosixTimer like, int id) =>
        new() { Id = id, ClockId = like.ClockId, Signal = like.Signal, Notify = 1 /* SIGEV_NONE */ };

    private static long[] Split(long ns) => [ns / 1_000_000_000, ns % 1_000_000_000];
}
