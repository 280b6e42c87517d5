using System.Text;
using Interpose.Images;
using Interpose.Linux;
using Interpose.Resources.Kinds;
using Interpose.Resources.Sockets;

namespace Interpose.Resources.Sharing;

/// <summary>What this process tells the others of its open files.</summary>
public static class SharedInventory
{
    /// <summary>The key under which processes that may share a description find each other; kcmp(2) tells for sure.</summary>
    public static SharedKey DescriptionKey(DescriptorFacts facts)
    {
        // All anonymous files (eventfd, epoll) have one inode: what else the kernel tells keeps their number down.
        bool anonymous = facts.Target.StartsWith("anon_inode:", StringComparison.Ordinal);
        ulong mark = anonymous ? Mark(facts) : 0;
        return new(SharedKind.Description, facts.Status.Device ^ ((ulong)facts.Flags << 40), facts.Status.Inode ^ mark);
    }

    public static SharedKey ContentKey(ulong device, ulong inode) => new(SharedKind.Content, device, inode);

    public static SharedKey PipeKey(DescriptorFacts facts) => new(SharedKind.Pipe, facts.Status.Device, facts.Status.Inode);

    public static SharedKey UnixKey(ulong inode) => new(SharedKind.UnixSocket, 0, inode);

    /// <param name="session">0, or the session whose controlling terminal it is: /dev/tty tells no more of it.</param>
    public static SharedKey TerminalKey(int index, int session) => new(SharedKind.Terminal, (ulong)session, (ulong)index);

    internal static SharedKey ListenerKey(int port) => new(SharedKind.Listener, 0, (ulong)port);

    internal static SharedKey TcpKey(SocketFacts socket) => TcpKey(socket.Local, socket.Peer);

    private static SharedKey TcpKey(SocketAddress own, SocketAddress other)
    {
        ulong local = own.Mark(), peer = other.Mark();
        return new(SharedKind.TcpConnection, Math.Min(local, peer), Math.Max(local, peer));
    }

    public static IEnumerable<SharedEntry> Of(IEnumerable<DescriptorFacts> all)
    {
        foreach (DescriptorFacts facts in all)
        {
            yield return new(DescriptionKey(facts), KernelComparison.NameOf(facts.Fd));
            if (facts.Status.IsPipe)
            {
                yield return new(PipeKey(facts), PipeEnd.Of(facts).ToValue());
            }
            else if (facts.Terminal is { Index: >= 0 } terminal)
            {
                yield return new(TerminalKey(terminal.Index, 0), TerminalEnd.Of(facts.Fd, terminal).ToValue());
                if (terminal.Session > 0)
                {
                    yield return new(TerminalKey(terminal.Index, terminal.Session), TerminalEnd.Of(facts.Fd, terminal).ToValue());
                }
            }
            else if (facts.Status.IsSocket)
            {
                yield return new(UnixKey(facts.Status.Inode), facts.Fd);
                if (facts.UnixPeer.Peer is var peer and not 0)
                {
                    yield return new(UnixKey(peer), -1);
                }

                if (facts.UnixQueue is { } queue)
                {
                    yield return new(UnixKey(queue.Listener), -1);
                }

                if (facts.Socket is { IsTcp: true, IsListening: true } listener)
                {
                    yield return new(ListenerKey(listener.Local.Port), facts.Fd);
                    foreach ((SocketAddress own, SocketAddress client) in facts.Clients)
                    {
                        yield return new(TcpKey(own, client), TcpEnd.Queued(own, client).ToValue());
                    }
                }

                if (facts.OtherEnd is { IsQueued: true })
                {
                    yield return new(ListenerKey(facts.Socket!.Peer.Port), -1);
                }

                if (facts.Socket is { IsTcp: true, IsConnected: true } socket)
                {
                    yield return new(TcpKey(socket), TcpEnd.Of(facts.Fd, socket).ToValue());
                }
            }
            else if (facts.Status.IsRegular && (MemFdModule.IsMemFd(facts) || RegularFileModule.IsNameless(facts)))
            {
                yield return new(ContentKey(facts.Status.Device, facts.Status.Inode), PageRange.Everything.ToValue());
            }
        }
    }

    /// <summary>Lines of fdinfo that are the same for everybody who shares the description, proc_pid_fdinfo(5).</summary>
    private static ulong Mark(DescriptorFacts facts)
    {
        IEnumerable<string> lines = facts.Info.Text.Split('\n').Where(static l =>
            !l.StartsWith("flags", StringComparison.Ordinal) && !l.StartsWith("it_value", StringComparison.Ordinal)
            && !l.StartsWith("ticks", StringComparison.Ordinal) && !l.StartsWith("lock", StringComparison.Ordinal)
            && !l.StartsWith("mnt_id", StringComparison.Ordinal));
        return Crc32C.Compute(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
    }
}
