using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Brings what is on its way between two sockets of this host to rest, before anybody looks: nothing is consumed, the
/// receiver's buffer is given the room it needs. Connections to other hosts are not touched.
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
    private const int SolSocket = 1, ReceiveBuffer = 8, LowWater = 18, BufferLock = 72; // SO_RCVBUF, SO_RCVLOWAT, SO_BUF_LOCK
    private const int ReceiveLock = 2; // SOCK_RCVBUF_LOCK
    private const int PeekNow = 0x42; // MSG_PEEK | MSG_DONTWAIT

    public static void Run(IReadOnlyList<DescriptorFacts> all)
    {
        FindQueues(all);
        DescriptorFacts[] connections = [.. all.Where(f => f.Socket is { IsTcp: true, IsConnected: true })];
        DescriptorFacts[] connecting = [.. all.Where(f => f.Socket is { IsTcp: true, TcpState: SynSent })];
        if (connections.Length + connecting.Length == 0)
        {
            return;
        }

        TcpTable table = TcpTable.Read();
        foreach (DescriptorFacts facts in connecting)
        {
            facts.Connecting = table.TargetOf((uint)facts.Status.Inode);
        }

        var waiting = new List<DescriptorFacts>();
        var grown = new List<Room>();
        foreach (DescriptorFacts facts in connections)
        {
            SocketFacts socket = facts.Socket!;
            bool listens = table.IsListening(socket.Local.Port), peerListens = table.IsListening(socket.Peer.Port);
            facts.IsServer = listens == peerListens ? null : listens;
            facts.OtherEnd = table.Of(socket.Peer, socket.Local);
            if (facts.OtherEnd is null || table.Of(socket.Local, socket.Peer) is not { } own)
            {
                continue;
            }

            using var borrowed = new BorrowedDescriptor(facts.Fd);
            if (own.Unsent > 0)
            {
                Push(borrowed.Fd);
                waiting.Add(facts);
            }

            if (facts.OtherEnd.Value.Unsent > 0)
            {
                grown.Add(Grow(facts, borrowed.Fd));
            }
        }

        TcpPlaces.Keep(connections);
        long deadline = Environment.TickCount64 + LimitMs;
        Await(waiting, deadline);
        AwaitOthers(grown, deadline);
        grown.ForEach(GiveBack);
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
        SetNumber(fd, Tcp, NoDelay, 1);
        SetNumber(fd, Tcp, NoDelay, before);
    }

    /// <summary>
    /// The kernel makes the buffer of a receiver that waits for much as large as tcp_rmem allows (socket(7), SO_RCVLOWAT),
    /// and tells the sender of the room when somebody has looked at the queue.
    /// </summary>
    private static Room Grow(DescriptorFacts facts, int fd)
    {
        // A size that the program chose stays as it is unless another is chosen (SO_BUF_LOCK); the kernel doubles it.
        bool isChosen = (SocketOptions.Number(fd, SolSocket, BufferLock) & ReceiveLock) != 0;
        int size = isChosen ? SocketOptions.Number(fd, SolSocket, ReceiveBuffer) / 2 : 0;
        if (isChosen)
        {
            SetNumber(fd, SolSocket, ReceiveBuffer, int.MaxValue / 2);
        }

        var before = new Room(facts, SocketOptions.Number(fd, SolSocket, LowWater), size);
        SetNumber(fd, SolSocket, LowWater, int.MaxValue);
        byte data;
        Sys.Try(SyscallNumber.Recvfrom, (ulong)fd, (ulong)&data, 1, PeekNow);
        return before;
    }

    private static void GiveBack(Room room)
    {
        using var borrowed = new BorrowedDescriptor(room.Facts.Fd);
        SetNumber(borrowed.Fd, SolSocket, LowWater, room.LowWater);
        if (room.Size > 0)
        {
            SetNumber(borrowed.Fd, SolSocket, ReceiveBuffer, room.Size);
        }
    }

    /// <summary>What was given room to arrives; who sent it may be another process.</summary>
    private static void AwaitOthers(List<Room> grown, long deadline)
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

    /// <param name="LowWater">SO_RCVLOWAT as it was.</param>
    /// <param name="Size">SO_RCVBUF to set again, as the program had set it; 0: it had not.</param>
    private readonly record struct Room(DescriptorFacts Facts, int LowWater, int Size);

    private static void SetNumber(int fd, int level, int name, int value) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, (ulong)level, (ulong)name, (ulong)&value, 4);
}
