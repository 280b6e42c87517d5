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
    private const int SiQueue = -1, SignalContinue = 18;

    // siginfo_t (sigaction(2)): signo, errno, code, padding, pid, uid, value
    private const int InfoSize = 128, InfoCode = 8, InfoValue = 24;

    /// <summary>Holds every thread of a stopped process and continues it.</summary>
    /// <returns>False: it is gone, somebody else's, or has no handler for the signal, which would then end it.</returns>
    public static bool TryContinueHeld(int pid)
    {
        string caught = new StatusFile($"/proc/{pid}/status")["SigCgt"];
        if (!ulong.TryParse(caught, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask)
            || (mask >> (SuspendSignal - 1) & 1) == 0)
        {
            return false;
        }

        byte* info = stackalloc byte[InfoSize];
        new Span<byte>(info, InfoSize).Clear();
        *(int*)info = SuspendSignal;
        *(int*)(info + InfoCode) = SiQueue;
        *(ulong*)(info + InfoValue) = HoldValue;
        try
        {
            foreach (int tid in ProcDirectory.Numbers($"/proc/{pid}/task"))
            {
                // A thread of the managed runtime is left alone: the agent needs it.
                if (Sys.ReadText($"/proc/{pid}/task/{tid}/comm").TrimEnd() != ".NET Finalizer")
                {
                    Sys.Try(SyscallNumber.RtTgsigqueueinfo, (ulong)pid, (ulong)tid, SuspendSignal, (ulong)info);
                }
            }
        }
        catch (SyscallException)
        {
            return false;
        }

        return Sys.Try(SyscallNumber.Kill, (ulong)pid, SignalContinue) == 0;
    }
}
