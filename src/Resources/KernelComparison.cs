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
    /// <returns>0: the same; above 0: not the same; below: it cannot be told, -errno.</returns>
    public static long Compare(int pid, long name, int own)
    {
        (ulong task, ulong fd) = Task(pid, name);
        (ulong ownTask, ulong ownFd) = Task((int)Sys.Try(SyscallNumber.Getpid), NameOf(own));
        return Sys.Try(SyscallNumber.Kcmp, task, ownTask, KcmpFile, fd, ownFd);
    }

    private static (ulong Task, ulong Fd) Task(int pid, long name) => name >> TaskShift == 0
        ? ((ulong)pid, (ulong)name)
        : ((ulong)(name >> TaskShift), (uint)name - (uint)FileDescriptor.FirstQueued);
}
