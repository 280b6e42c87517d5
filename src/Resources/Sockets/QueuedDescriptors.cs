using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Descriptors on their way in messages that nobody has read (SCM_RIGHTS, unix(7)): open files that, it may be, only a
/// queue holds. The agent has copies of them from the drain until the picture is taken, so that they are looked at,
/// compared and described like any other.
/// </summary>
public sealed class QueuedDescriptors
{
    private readonly List<int> _copies = [];
    private readonly List<DescriptorFacts> _all = [];
    private readonly AbandonedConnections _abandoned = new();
    private UnixQueues? _queues;

    /// <summary>Looks into the queues of all unix sockets, and of those that come out of them.</summary>
    /// <returns>What the process holds, and what its queues hold.</returns>
    public List<DescriptorFacts> Find(IReadOnlyList<DescriptorFacts> own)
    {
        _all.AddRange(own);
        for (int i = 0; i < _all.Count; i++)
        {
            if (_all[i].Socket is { Domain: SocketAddress.Unix, IsListening: false })
            {
                _all[i].UnixUnread = UnixUnread.Peek(_all[i], Keep);
            }
            else if (_all[i].Socket is { Domain: SocketAddress.Unix } && _all[i].UnixPeer.Waiting > 0)
            {
                _queues ??= UnixQueues.Read();
                List<DescriptorFacts> abandoned = _abandoned.Take(_all[i], _queues);
                _copies.AddRange(abandoned.Select(f => f.Fd - FileDescriptor.FirstQueued));
                _all.AddRange(abandoned);
            }
        }

        return _all;
    }

    /// <summary>The copies are not needed any more, and the queues become what they were.</summary>
    public void Close()
    {
        _abandoned.PutBack();
        _copies.ForEach(static fd => Sys.Close(fd));
        _copies.Clear();
    }

    /// <summary>This is the restored life, whose agent has never had them.</summary>
    public void Forget()
    {
        _abandoned.Forget();
        _copies.Clear();
    }

    private int Keep(int fd)
    {
        var facts = new DescriptorFacts(FileDescriptor.FirstQueued + fd);
        DescriptorFacts? same = _all.Find(o => o.Status.Inode == facts.Status.Inode && o.Status.Device == facts.Status.Device
            && KernelComparison.Compare((int)Sys.Try(SyscallNumber.Getpid), KernelComparison.NameOf(o.Fd), facts.Fd) == 0);
        if (same is not null)
        {
            Sys.Close(fd);
            return same.Fd;
        }

        _copies.Add(fd);
        _all.Add(facts);
        return facts.Fd;
    }
}
