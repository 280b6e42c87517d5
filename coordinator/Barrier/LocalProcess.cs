using System.Globalization;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>What /proc says about a process that runs on the coordinator's own host.</summary>
internal static class LocalProcess
{
    private const uint Exiting = 0x4; // PF_EXITING, include/linux/sched.h

    /// <summary>Whether the process runs on this host and is the one that said hello, not another with its number.</summary>
    public static bool IsSame(HelloMessage hello)
    {
        if (hello.Host != Environment.MachineName)
        {
            return false;
        }

        try
        {
            return File.ResolveLinkTarget($"/proc/{hello.Pid}/exe", returnFinalTarget: false)?.FullName == hello.Executable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether a process of this host has not ended and is not about to.</summary>
    public static bool IsAlive(int pid) =>
        ReadStat(pid) is { } stat && stat.State is not ('Z' or 'X') && (stat.Flags & Exiting) == 0;

    /// <summary>Whether a process of this host is stopped by a signal.</summary>
    public static bool IsStopped(int pid) => ReadStat(pid) is { State: 'T' };

    /// <summary>Whether a debugger holds a process of this host (ptrace(2)).</summary>
    public static bool IsTraced(int pid) => ReadStat(pid) is { State: 't' };

    private static (char State, uint Flags)? ReadStat(int pid)
    {
        try
        {
            // pid (comm) state ppid pgrp session tty tpgid flags: comm may hold anything, so search from the end.
            string text = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], uint.Parse(fields[6], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
