using System.Globalization;
using System.Runtime.InteropServices;

namespace Interpose.Coordinator.Native;

/// <summary>Signals to processes on this host.</summary>
internal static partial class Signals
{
    /// <summary>SIGKILL.</summary>
    public const int Kill = 9;

    /// <summary>SIGCONT.</summary>
    public const int Continue = 18;

    // The suspend signal of the shim and the value that makes it wait: interpose_abi.h, IP_SUSPEND_SIGNAL, IP_HOLD_VALUE.
    private const int SuspendSignal = 33;
    private const ulong HoldValue = 0x496E74486F6C6421;
    private const int QueueInfo = 297; // rt_tgsigqueueinfo(2), x86-64
    private const int SiQueue = -1;

    /// <summary>Sends a signal; false when the process is gone or belongs to somebody else.</summary>
    public static bool TrySend(int pid, int signal) => pid > 0 && KillProcess(pid, signal) == 0;

    /// <summary>
    /// Makes every thread of a stopped process wait for the checkpoint as soon as it continues. A thread of the managed
    /// runtime is left alone: the agent needs it.
    /// </summary>
    public static unsafe void Hold(int pid)
    {
        // siginfo_t (sigaction(2)): signo, errno, code, padding, pid, uid, value
        byte* info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        *(int*)info = SuspendSignal;
        *(int*)(info + 8) = SiQueue;
        *(ulong*)(info + 24) = HoldValue;
        foreach (string task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
        {
            int tid = int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture);
            if (File.ReadAllText($"{task}/comm").TrimEnd() != ".NET Finalizer")
            {
                _ = SystemCall(QueueInfo, pid, tid, SuspendSignal, (nint)info);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillProcess(int pid, int signal);
}
