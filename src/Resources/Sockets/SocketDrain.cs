using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Brings what is on its way between two sockets of this host to rest, before anybody looks: nothing is consumed, the
/// receiver's buffer is given the room it needs.
/// </summary>
/// <remarks>
/// All processes of the computation do this at once and are waited for by the barrier, so that what was delivered is
/// delivered when the first looks at its queues.
/// </remarks>
public static unsafe class SocketDrain
{
    private const int LimitMs = 400;
    private const int SynSent = 2; // TCP_SYN_SENT, net/tcp_states.h
    private const int Tcp = 6, NoDelay = 1;

    /// <summary>Waits until everything has arrived, at most 0.4 s; what has not is marked as undelivered.</summary>
    /// <param name="all">The open files of this process.</param>
    /// <param name="spansHosts">
    /// The computation is on several hosts. Of a connection to another one only one end can be seen here: both have to do
    /// their part without knowing of each other.
    /// </param>
    /// <returns>To be given back when the other hosts have done the same.</returns>
    public static IReadOnlyList<ReceiverRoom> Run(IReadOnlyList<DescriptorFacts> all, bool spansHosts)
    {
        long deadline = Environment.TickCount64 + LimitMs;
        FindQueues(all);
        if (spansHosts)
        {
            AwaitAnswers(all, deadline);
        }

        DescriptorFacts[] connections = [.. all.Where(f => f.Socket is { IsTcp: true, IsConnected: true })];
        DescriptorFacts[] queues = spansHosts ? [.. all.Where(f => f.Socket is { IsTcp: true, IsListening: true, Waiting: > 0 })] : [];
        DescriptorFacts[] connecting = [.. all.Where(f => f.Socket is { IsTcp: true, TcpState: SynSent })];
        if (connections.Length + connecting.Length + queues.Length == 0)
        {
            return [];
        }

        TcpTable table = TcpTable.Read();
        foreach (DescriptorFacts facts in connecting)
        {
            facts.Connecting = table.TargetOf((uint)facts.Status.Inode);
        }

        foreach (DescriptorFacts listener in queues)
        {
            listener.Clients = table.QueuedFromElsewhere(listener.Socket!.Local.Port);
        }

        var waiting = new List<DescriptorFacts>();
        var grown = new List<ReceiverRoom>();
        var elsewhere = new List<ReceiverRoom>();
        foreach (DescriptorFacts facts in connections)
        {
            SocketFacts socket = facts.Socket!;
            bool listens = table.IsListening(socket.Local.Port), peerListens = table.IsListening(socket.Peer.Port);
            facts.IsServer = listens == peerListens ? null : listens;
            facts.OtherEnd = table.Of(socket.Peer, socket.Local);
            if ((facts.OtherEnd is null && !spansHosts) || table.Of(socket.Local, socket.Peer) is not { } own)
            {
                continue;
            }

            using var borrowed = new BorrowedDescriptor(facts.Fd);
            if (own.Unsent > 0)
            {
                Push(borrowed.Fd);
                waiting.Add(facts);
            }

            if (facts.OtherEnd is null)
            {
                elsewhere.Add(new ReceiverRoom(facts, borrowed.Fd));
            }
            else if (facts.OtherEnd.Value.Unsent > 0)
            {
                grown.Add(new ReceiverRoom(facts, borrowed.Fd));
            }
        }

        TcpPlaces.Keep(connections);
        Await(waiting, deadline);
        AwaitOthers(grown, deadline);
        grown.ForEach(static r => r.GiveBack());
        return elsewhere;
    }

    /// <summary>A connection that is just being made to another host is answered by that host's kernel, which needs no process.</summary>
    private static void AwaitAnswers(IReadOnlyList<DescriptorFacts> all, long deadline)
    {
        foreach (DescriptorFacts facts in all)
        {
            while (facts.Socket is { IsTcp: true, TcpState: SynSent } && Environment.TickCount64 <= deadline)
            {
                Thread.Sleep(1);
                facts.LookAgain();
            }
        }
    }

    /// <summary>Clients of unix sockets that wait to be accepted.</summary>
    private static void FindQueues(IReadOnlyList<DescriptorFacts> all)
    {
        UnixQueues? queues = null;
        foreach (DescriptorFacts facts in all)
        {
            if (facts.Socket is { Domain: SocketAddress.Unix, IsConnected: true } && facts.UnixPeer.Peer == 0)
            {
                queues ??= UnixQueues.Read();
                facts.UnixQueue = queues.Of((uint)facts.Status.Inode);
            }
        }
    }

    /// <summary>Data that is held back (TCP_CORK, MSG_MORE, Nagle's algorithm) goes out: tcp(7), TCP_NODELAY.</summary>
    private static void Push(int fd)
    {
        int before = SocketOptions.Number(fd, Tcp, NoDelay);
        SocketOptions.SetNumber(fd, Tcp, NoDelay, 1);
        SocketOptions.SetNumber(fd, Tcp, NoDelay, before);
    }

    /// <summary>What was given room to arrives; who sent it may be another process.</summary>
    private static void AwaitOthers(List<ReceiverRoom> grown, long deadline)
    {
        while (grown.Count > 0 && Environment.TickCount64 <= deadline)
        {
            TcpTable table = TcpTable.Read();
            if (grown.TrueForAll(g => table.Of(g.Facts.Socket!.Peer, g.Facts.Socket.Local) is not { Unsent: > 0 }))
            {
                return;
            }

            Thread.Sleep(1);
        }

        if (grown.Count > 0)
        {
            MarkCutOff(grown, TcpTable.Read());
        }
    }

    /// <summary>A sender that has closed its end, or has ended, has no fd: what is left in it would be lost in a restart.</summary>
    private static void MarkCutOff(List<ReceiverRoom> grown, TcpTable table)
    {
        foreach (ReceiverRoom room in grown)
        {
            SocketFacts socket = room.Facts.Socket!;
            room.Facts.IsCutOff = table.Of(socket.Peer, socket.Local) is { Unsent: > 0, Inode: 0, IsQueued: false };
        }
    }

    private static void Await(List<DescriptorFacts> waiting, long deadline)
    {
        while (waiting.Count > 0)
        {
            waiting.RemoveAll(facts =>
            {
                using var borrowed = new BorrowedDescriptor(facts.Fd);
                return SocketFacts.Unsent(borrowed.Fd) == 0;
            });
            if (waiting.Count > 0 && Environment.TickCount64 > deadline)
            {
                waiting.ForEach(facts => facts.IsUndelivered = true);
                return;
            }

            if (waiting.Count > 0)
            {
                Thread.Sleep(1);
            }
        }
    }
}
