using System.Globalization;
using Interpose.Agent.Collect;
using Interpose.Linux;

namespace Interpose.Agent;

/// <summary>
/// Children that were stopped are continued for a checkpoint and stopped again. Their parent is not to notice: neither
/// the signals it gets for that, nor the report of a stop that it has had already (wait(2), WUNTRACED).
/// </summary>
internal sealed unsafe class StoppedChildren
{
    private const int Stopped = 2, NoHang = 1, DoNotCollect = 0x01000000; // WSTOPPED, WNOHANG, WNOWAIT
    private const int PidType = 1;                                       // P_PID
    private const int SignalChild = 17;
    private const int InfoSize = 128, InfoPid = 16; // siginfo_t: si_pid of SIGCHLD

    private readonly List<(int Pid, bool IsReported)> _children = [];
    private readonly bool _hadSignal;

    /// <summary>Looks, the application standing still and the children still stopped.</summary>
    public StoppedChildren()
    {
        foreach (int pid in KinCollector.Children())
        {
            if (KinCollector.IsStopped(pid))
            {
                _children.Add((pid, !IsWaiting(pid, DoNotCollect)));
            }
        }

        _hadSignal = _children.Count > 0 && IsChildSignalPending();
    }

    /// <summary>When the children have been continued, before pending signals are collected.</summary>
    public void ForgetContinued()
    {
        if (_children.Count > 0 && !_hadSignal)
        {
            TakeChildSignal();
        }
    }

    /// <summary>When the children are stopping again, before the application goes on.</summary>
    public void ForgetStopped()
    {
        // The signal is sent when the status can be seen already: the last thread sends it and then sleeps.
        const int patience = 10000;
        int waited = 0;
        foreach ((int pid, bool isReported) in _children)
        {
            for (; waited < patience && !KinCollector.IsAtRest(pid); waited++)
            {
                Thread.Sleep(1);
            }

            if (isReported)
            {
                IsWaiting(pid, 0);
            }
        }

        if (_children.Count > 0)
        {
            TakeChildSignal();
        }
    }

    /// <summary>Whether a stop of the child is still to be reported; collects it unless told not to.</summary>
    private static bool IsWaiting(int pid, int flags)
    {
        byte* info = stackalloc byte[InfoSize];
        *(int*)(info + InfoPid) = 0;
        return Sys.Try(SyscallNumber.Waitid, PidType, (ulong)pid, (ulong)info, (ulong)(Stopped | NoHang | flags), 0) >= 0
            && *(int*)(info + InfoPid) == pid;
    }

    private static bool IsChildSignalPending() =>
        ulong.TryParse(
            new StatusFile("/proc/self/status")["ShdPnd"], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong pending)
        && (pending >> (SignalChild - 1) & 1) != 0;

    /// <summary>This thread blocks all signals, so it can take one that is meant for the process.</summary>
    private static void TakeChildSignal()
    {
        ulong set = 1ul << (SignalChild - 1);
        long* now = stackalloc long[2] { 0, 0 };
        Sys.Try(SyscallNumber.RtSigtimedwait, (ulong)&set, 0, (ulong)now, 8);
    }
}
