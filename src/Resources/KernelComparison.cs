using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources;

/// <summary>Whether two fds share a description, as kcmp(2) tells it.</summary>
internal static class KernelComparison
{
    private const int KcmpFile = 0;
    private const int TaskShift = 32;

    /// <summary>
    /// How another process names the fd to kcmp: its number, and for one that is in a queue the thread whose table it is in.
    /// </summary>
    public static long NameOf(int fd) =>
        fd < FileDescriptor.FirstQueued ? fd : Sys.Try(SyscallNumber.Gettid) << TaskShift | (uint)fd;

    /// <param name="pid">Holder of <paramref name="name"/>, which <see cref="NameOf"/> made there.</param>
    /// <param name="own">An fd of this process.</param>
    /// <param name="compare">Does it in place of this process (pid, pid, fd, fd), which may be allowed less.</param>
    /// <returns>0: the same; above 0: not the same; below: it cannot be told, -errno.</returns>
    public static long Compare(int pid, long name, int own, Func<int, int, int, int, long>? compare = null)
    {
        (int task, int fd) = Task(pid, name);
        (int ownTask, int ownFd) = Task((int)Sys.Try(SyscallNumber.Getpid), NameOf(own));
        return compare?.Invoke(task, ownTask, fd, ownFd)
            ?? Sys.Try(SyscallNumber.Kcmp, (ulong)task, (ulong)ownTask, KcmpFile, (ulong)fd, (ulong)ownFd);
    }

    private static (int Task, int Fd) Task(int pid, long name) => name >> TaskShift == 0
        ? (pid, (int)name)
        : ((int)(name >> TaskShift), (int)((uint)name - (uint)FileDescriptor.FirstQueued));
}
