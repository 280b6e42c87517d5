using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Who waits to be accepted by which unix socket, in their order (sock_diag(7), UDIAG_SHOW_ICONS). A connection that was
/// not accepted has no inode of its own: only the socket that listens knows of its client.
/// </summary>
internal sealed unsafe class UnixQueues
{
    private const int Netlink = 16, Datagram = 2, SockDiag = 4;
    private const ushort ByFamily = 20, Request = 1, Dump = 0x300;
    private const uint ShowQueue = 8;
    private const int ListenState = 10; // TCP_LISTEN, net/tcp_states.h
    private const int QueueAttribute = 3; // UNIX_DIAG_ICONS
    private const int HeaderSize = 16, RequestSize = HeaderSize + 24, ReplySize = 16, InodeOffset = 4;

    private readonly Dictionary<uint, (uint Listener, int Position)> _clients = [];
    private readonly Dictionary<uint, (int Waiting, int Abandoned)> _counts = [];

    public static UnixQueues Read()
    {
        var queues = new UnixQueues();
        queues.Ask();
        return queues;
    }

    /// <summary>Inode of the socket in whose queue a client waits, and its place there.</summary>
    public (uint Listener, int Position)? Of(uint client) =>
        _clients.TryGetValue(client, out (uint, int) found) ? found : null;

    /// <summary>How many connections wait at a socket, and how many of these have a client that has closed its end.</summary>
    public (int Waiting, int Abandoned) At(uint listener) => _counts.GetValueOrDefault(listener);

    private void Ask()
    {
        long fd = Sys.Try(SyscallNumber.Socket, Netlink, Datagram | OpenFlags.CloseOnExec, SockDiag);
        if (fd < 0)
        {
            return;
        }

        // struct nlmsghdr, struct unix_diag_req
        Span<byte> request = stackalloc byte[RequestSize];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, RequestSize);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], ByFamily);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], Request | Dump);
        request[HeaderSize] = SocketAddress.Unix;
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 4)..], 1u << ListenState);
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 12)..], ShowQueue);
        Sys.TryWrite((int)fd, request);
        byte[] buffer = new byte[64 << 10];
        while (Sys.TryRead((int)fd, buffer) is var length and > 0 && Take(buffer.AsSpan(0, (int)length)))
        {
        }

        Sys.Close((int)fd);
    }

    /// <summary>False: that was the last of them.</summary>
    private bool Take(ReadOnlySpan<byte> messages)
    {
        while (messages.Length >= HeaderSize)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            if (BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]) != ByFamily || length < HeaderSize + ReplySize || length > messages.Length)
            {
                return false;
            }

            Add(MemoryMarshal.Read<uint>(messages[(HeaderSize + InodeOffset)..]), messages[(HeaderSize + ReplySize)..length]);
            messages = messages[Math.Min((length + 3) & ~3, messages.Length)..];
        }

        return true;
    }

    private void Add(uint listener, ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (size < 4 || size > attributes.Length)
            {
                return;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) == QueueAttribute)
            {
                ReadOnlySpan<uint> clients = MemoryMarshal.Cast<byte, uint>(attributes[4..size]);
                for (int i = 0; i < clients.Length; i++)
                {
                    _clients[clients[i]] = (listener, i);
                }

                _counts[listener] = (clients.Length, clients.Count(0u)); // closed, it has no inode
            }

            attributes = attributes[Math.Min((size + 3) & ~3, attributes.Length)..];
        }
    }
}
