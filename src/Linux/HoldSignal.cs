using System.Globalization;

namespace Interpose.Linux;

/// <summary>
/// The signal that makes a stopped process wait for its checkpoint as soon as it is continued: it then runs nothing of its own, and
/// stops itself again (interpose_abi.h, IP_HOLD_VALUE).
/// </summary>
public static unsafe class HoldSignal
{
    private const int SuspendSignal = 33;
    private const ulong HoldValue = 0x496E74486F6C6421;
    private const int SiQueue = -1, SignalContinue = 18, SignalStop = 19;

    // siginfo_t (sigaction(2)): signo, errno, code, padding, pid, uid, value
    private const int InfoSize = 128, InfoCode = 8, InfoValue = 24;

    // A program takes a millisecond or two from its execution to its first statement.
    private const int StartLooks = 500;
    private const ulong StartPauseMs = 1;

    private enum Readiness
    {
        /// <summary>It is gone, or somebody else's.</summary>
        None,

        /// <summary>It would lose the signal, or end by it.</summary>
        Deaf,

        /// <summary>It gets the signal, at the latest when the shim in it begins.</summary>
        Hears,

        /// <summary>It has a handler, which is the shim's or, for an instant at its start, libc's.</summary>
        Catches,
    }

    /// <summary>Holds every thread of a stopped process and continues it.</summary>
    /// <returns>False: it is gone, somebody else's, or stopped again a little later in its start, to be held from there.</returns>
    public static bool TryContinueHeld(int pid)
    {
        switch (ReadinessOf(pid))
        {
            case Readiness.None:
                return false;
            case Readiness.Deaf:
                StepIntoStart(pid);
                return false;
            default:
                return TryHold(pid) && TrySend(SyscallNumber.RtSigqueueinfo, pid, SignalContinue);
        }
    }

    /// <summary>
    /// Continues the stopped children that a process made by vfork(2) or posix_spawn(3) and waits for in the kernel: it can neither
    /// stop nor answer before they execute a program.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public static bool ContinueVforkChildren(int pid)
    {
        bool found = false;
        try
        {
            foreach (int tid in ProcDirectory.Numbers($"/proc/{pid}/task"))
            {
                if (StateOf($"/proc/{pid}/task/{tid}") != 'D')
                {
                    continue;
                }

                // "4242 4243 ", proc_pid_task(5)
                string children = Sys.ReadText($"/proc/{pid}/task/{tid}/children");
                foreach (string child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (StateOf($"/proc/{child}") == 'T')
                    {
                        TryContinueHeld(int.Parse(child, CultureInfo.InvariantCulture));
                        found = true;
                    }
                }
            }
        }
        catch (SyscallException)
        {
            // It has ended, and its connection says so.
        }

        return found;
    }

    private static Readiness ReadinessOf(int pid)
    {
        try
        {
            var status = new StatusFile($"/proc/{pid}/status");
            if (status["State"] is ['Z' or 'X', ..])
            {
                return Readiness.None;
            }

            bool isBlocked = Has(status["SigBlk"]), isCaught = Has(status["SigCgt"]);
            if (!isBlocked)
            {
                return isCaught ? Readiness.Catches : Readiness.Deaf;
            }

            // Blocked from before execve(2) on (exec.c), but posix_spawn blocks it too, and ignores it later.
            return StateOf($"/proc/{status["PPid"]}") == 'D' ? Readiness.Deaf : Readiness.Hears;
        }
        catch (SyscallException)
        {
            return Readiness.None;
        }
    }

    private static bool Has(string mask) =>
        ulong.TryParse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong bits) && (bits >> (SuspendSignal - 1) & 1) != 0;

    private static char StateOf(string directory)
    {
        // "State:\tT (stopped)", proc_pid_status(5)
        try
        {
            return new StatusFile($"{directory}/status")["State"] is [char state, ..] ? state : '?';
        }
        catch (SyscallException)
        {
            return '?';
        }
    }

    /// <summary>
    /// Lets a program that is being started run until the shim is there, and stops it again. Before that there is nothing of the
    /// application's in it but the dynamic linker; of what comes after, some instants may run.
    /// </summary>
    private static void StepIntoStart(int pid)
    {
        if (Sys.Try(SyscallNumber.Kill, (ulong)pid, SignalContinue) != 0)
        {
            return;
        }

        for (int look = 0; look < StartLooks && ReadinessOf(pid) is Readiness.Deaf or Readiness.Hears; look++)
        {
            Sys.Try(SyscallNumber.Poll, 0, 0, StartPauseMs);
        }

        Sys.Try(SyscallNumber.Kill, (ulong)pid, SignalStop);
    }

    private static bool TryHold(int pid)
    {
        try
        {
            foreach (int tid in ProcDirectory.Numbers($"/proc/{pid}/task"))
            {
                // A thread of the managed runtime is left alone: the agent needs it.
                if (Sys.ReadText($"/proc/{pid}/task/{tid}/comm").TrimEnd() != ".NET Finalizer")
                {
                    TrySend(SyscallNumber.RtTgsigqueueinfo, pid, SuspendSignal, tid);
                }
            }

            return true;
        }
        catch (SyscallException)
        {
            return false;
        }
    }

    /// <summary>Sends a signal with the value that says what it is for, to a process or to a thread of it.</summary>
    private static bool TrySend(SyscallNumber call, int pid, int signal, int? thread = null)
    {
        byte* info = stackalloc byte[InfoSize];
        new Span<byte>(info, InfoSize).Clear();
        *(int*)info = signal;
        *(int*)(info + InfoCode) = SiQueue;
        *(ulong*)(info + InfoValue) = HoldValue;
        return (thread is { } tid
            ? Sys.Try(call, (ulong)pid, (ulong)tid, (ulong)signal, (ulong)info)
            : Sys.Try(call, (ulong)pid, (ulong)signal, (ulong)info)) == 0;
    }
}
