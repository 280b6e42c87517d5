using Interpose.Linux;

namespace Interpose.Resources.Queues;

/// <summary>
/// Message queues of which this process wants to be notified (mq_notify(3)). The kernel ends a notification when the process
/// closes any fd of the queue, the agent's too: that one stays open as long as there is one.
/// </summary>
internal static class QueueRegistrations
{
    private static readonly Dictionary<ulong, int> s_byInode = [];

    /// <summary>An fd in the agent's table that is open on the queue already; -1: none.</summary>
    public static int OpenFd(ulong inode) =>
        s_byInode.TryGetValue(inode, out int fd)
        && FileStatus.TryOf($"/proc/thread-self/fd/{fd}", out FileStatus now) >= 0 && now.Inode == inode
            ? fd
            : -1;

    /// <summary>There is a registration: the fd has to stay open.</summary>
    public static void Keep(ulong inode, int fd) => s_byInode[inode] = fd;

    /// <summary>There is none any more.</summary>
    public static void Forget(ulong inode) => s_byInode.Remove(inode);
}
