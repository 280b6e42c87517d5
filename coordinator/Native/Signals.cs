using System.Runtime.InteropServices;

namespace Interpose.Coordinator.Native;

/// <summary>Signals to processes on this host.</summary>
internal static partial class Signals
{
    /// <summary>SIGKILL.</summary>
    public const int Kill = 9;

    /// <summary>Sends a signal; false when the process is gone or belongs to somebody else.</summary>
    public static bool TrySend(int pid, int signal) => pid > 0 && KillProcess(pid, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillProcess(int pid, int signal);
}
