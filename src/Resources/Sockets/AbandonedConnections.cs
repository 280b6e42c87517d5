using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Connections that wait at a unix socket to be accepted, and that their clients have closed already: what they sent, which may
/// carry descriptors, is held by the queue alone. The agent accepts them, looks, and queues the same again.
/// </summary>
internal sealed unsafe class AbandonedConnections
{
    private const int SolSocket = 1, SendBuffer = 7, SendTimeout = 21, Rights = 1; // SO_*, SCM_RIGHTS
    private const int Datagram = 2, NonBlocking = 0x800; // SOCK_*
    private const int LimitSeconds = 2;
    private const int NotSignal = 0x4000; // MSG_NOSIGNAL

    private readonly List<(DescriptorFacts Listener, List<DescriptorFacts> Connections)> _taken = [];
    private readonly List<int> _locks = [];

    /// <summary>Accepts what waits at a socket and was abandoned.</summary>
    /// <returns>The connections in their order, as copies in the agent's table.</returns>
    /// <exception cref="TransientResourceException">Others wait there as well, or they could not be queued again.</exception>
    public List<DescriptorFacts> Take(DescriptorFacts listener, UnixQueues queues)
    {
        (int waiting, int abandoned) = queues.At((uint)listener.Status.Inode);
        if (abandoned == 0 || !TryLock(listener.Status.Inode))
        {
            return [];
        }

        if (abandoned < waiting)
        {
            throw new TransientResourceException(
                $"fd {listener.Fd} is {listener.Target}, where {abandoned} connections wait whose clients have closed them, among {waiting}; "
                + "try again when the program has accepted them");
        }

        // It waits behind the others, and shows that one can come back.
        int probe = Connect(listener);
        var found = new List<DescriptorFacts>();
        _taken.Add((listener, found));
        using (var borrowed = new BorrowedDescriptor(listener.Fd))
        {
            // Everything that could accept stands still, so that there are as many as there were.
            for (int i = 0; i < abandoned; i++)
            {
                found.Add(new DescriptorFacts(FileDescriptor.FirstQueued + Accept(borrowed.Fd, listener))
                {
                    Abandoned = (listener.Socket!.Local, i),
                });
            }

            Sys.Close(Accept(borrowed.Fd, listener));
        }

        Sys.Close(probe);
        listener.AbandonedClients = found.Count;
        return found;
    }

    /// <summary>Queues them again, with what was sent over them, as clients that close at once.</summary>
    public void PutBack()
    {
        foreach ((DescriptorFacts listener, List<DescriptorFacts> connections) in _taken)
        {
            foreach (DescriptorFacts connection in connections)
            {
                int client = Connect(listener);
                Send(client, connection.UnixUnread ?? UnixUnread.Nothing);
                Sys.Close(client);
            }
        }

        _locks.ForEach(static fd => Sys.Close(fd));
        Forget();
    }

    /// <summary>This is the restored life, which has its own.</summary>
    public void Forget()
    {
        _taken.Clear();
        _locks.Clear();
    }

    /// <summary>In one process of those that share the socket; a name in the abstract namespace (unix(7)) is had by one.</summary>
    private bool TryLock(ulong inode)
    {
        int fd = (int)Sys.Call("lock of a queue", SyscallNumber.Socket, SocketAddress.Unix, Datagram | OpenFlags.CloseOnExec);
        byte[] name = [SocketAddress.Unix, 0, 0, .. System.Text.Encoding.ASCII.GetBytes($"interpose-queue-{inode}")];
        fixed (byte* address = name)
        {
            if (Sys.Try(SyscallNumber.Bind, (ulong)fd, (ulong)address, (ulong)name.Length) < 0)
            {
                Sys.Close(fd);
                return false;
            }
        }

        _locks.Add(fd);
        return true;
    }

    private static int Accept(int fd, DescriptorFacts listener) => (int)Sys.Call(
        $"connection at {listener.Target}", SyscallNumber.Accept4, (ulong)fd, 0, 0, OpenFlags.CloseOnExec);

    private static int Connect(DescriptorFacts listener)
    {
        SocketFacts socket = listener.Socket!;
        int client = (int)Sys.Call(
            "client for a queue", SyscallNumber.Socket, SocketAddress.Unix, (ulong)(socket.Type | OpenFlags.CloseOnExec | NonBlocking));
        byte[] name = socket.Local.Bytes;
        fixed (byte* address = name)
        {
            long outcome = socket.Local.Path is { } path && !UnixName.IsThere(path, listener.UnixPeer, out _)
                ? -2 // ENOENT
                : Sys.Try(SyscallNumber.Connect, (ulong)client, (ulong)address, (ulong)name.Length);
            if (outcome < 0)
            {
                Sys.Close(client);
                throw new TransientResourceException(
                    $"fd {listener.Fd} is {listener.Target}, where connections wait whose clients have closed them and which nobody can make "
                    + $"again ({socket.Local}: errno {-outcome}); try again when the program has accepted them");
            }
        }

        return client;
    }

    private static void Send(int client, UnixUnread unread)
    {
        int size = Math.Max(1, unread.Bytes.Length * 2);
        Sys.Try(SyscallNumber.Setsockopt, (ulong)client, SolSocket, SendBuffer, (ulong)&size, 4);
        long* limit = stackalloc long[2] { LimitSeconds, 0 }; // struct timeval
        Sys.Try(SyscallNumber.Setsockopt, (ulong)client, SolSocket, SendTimeout, (ulong)limit, 16);
        Sys.Try(SyscallNumber.Fcntl, (ulong)client, 4 /* F_SETFL */, 0);
        int at = 0;
        if (unread.Messages.Count == 0 && unread.Bytes.Length > 0)
        {
            Send(client, unread.Bytes, []);
        }

        foreach (UnixMessage message in unread.Messages)
        {
            List<BorrowedDescriptor> carried = [.. message.Descriptors.Select(d => new BorrowedDescriptor(d))];
            Send(client, unread.Bytes.AsSpan(at, message.Length), [.. carried.Select(c => c.Fd)]);
            carried.ForEach(static c => c.Dispose());
            at += message.Length;
        }
    }

    private static void Send(int client, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors)
    {
        const int headerSize = 16; // struct cmsghdr, cmsg(3)
        int length = headerSize + (4 * descriptors.Length);
        byte[] control = new byte[(length + 7) & ~7];
        BitConverter.TryWriteBytes(control, (ulong)length);
        BitConverter.TryWriteBytes(control.AsSpan(8), SolSocket);
        BitConverter.TryWriteBytes(control.AsSpan(12), Rights);
        for (int i = 0; i < descriptors.Length; i++)
        {
            BitConverter.TryWriteBytes(control.AsSpan(headerSize + (4 * i)), descriptors[i]);
        }

        fixed (byte* data = bytes, c = control)
        {
            // struct msghdr (sendmsg(2)): name, its length, vector, its length, control, its length, flags
            ulong* vector = stackalloc ulong[2] { (ulong)data, (ulong)bytes.Length };
            ulong* header = stackalloc ulong[7] { 0, 0, (ulong)vector, 1, (ulong)c, descriptors.IsEmpty ? 0 : (ulong)control.Length, 0 };
            Sys.Call("connection queued again", SyscallNumber.Sendmsg, (ulong)client, (ulong)header, NotSignal);
        }
    }
}
