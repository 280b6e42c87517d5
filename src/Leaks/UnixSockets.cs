using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>All unix sockets of this network namespace, from the kernel's socket diagnosis (sock_diag(7)).</summary>
internal static class UnixSockets
{
    private const int Netlink = 16, Datagram = 2, SockDiag = 4;
    private const ushort ByFamily = 20, Error = 2, Done = 3, RequestDump = 0x301;
    private const uint ShowPeer = 4;
    private const int PeerAttribute = 2;
    private const int HeaderSize = 16, RequestSize = HeaderSize + 24, InodeAt = HeaderSize + 4, AttributesAt = HeaderSize + 16;

    /// <summary>From the inode of each connected socket to that of its peer.</summary>
    public static Dictionary<ulong, ulong> Peers()
    {
        var peers = new Dictionary<ulong, ulong>();
        long fd = Sys.Try(SyscallNumber.Socket, Netlink, Datagram | OpenFlags.CloseOnExec, SockDiag);
        if (fd < 0)
        {
            return peers;
        }

        // struct nlmsghdr, struct unix_diag_req
        Span<byte> request = stackalloc byte[RequestSize];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, RequestSize);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], ByFamily);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], RequestDump);
        request[HeaderSize] = 1; // AF_UNIX
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 4)..], uint.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 12)..], ShowPeer);
        Sys.TryWrite((int)fd, request);
        byte[] reply = new byte[64 * 1024];
        for (bool more = true; more;)
        {
            long length = Sys.TryRead((int)fd, reply);
            more = length > 0 && Take(reply.AsSpan(0, (int)length), peers);
        }

        Sys.Close((int)fd);
        return peers;
    }

    /// <summary>False when the last message has been seen.</summary>
    private static bool Take(ReadOnlySpan<byte> messages, Dictionary<ulong, ulong> peers)
    {
        while (messages.Length >= HeaderSize)
        {
            int size = BinaryPrimitives.ReadInt32LittleEndian(messages);
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]);
            if (type is Error or Done || size < HeaderSize || size > messages.Length)
            {
                return false;
            }

            if (size >= AttributesAt && PeerOf(messages[AttributesAt..size]) is var peer and not 0)
            {
                peers[BinaryPrimitives.ReadUInt32LittleEndian(messages[InodeAt..])] = peer;
            }

            messages = messages[Math.Min((size + 3) & ~3, messages.Length)..];
        }

        return true;
    }

    private static uint PeerOf(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (size < 4 || size > attributes.Length)
            {
                break;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) == PeerAttribute && size >= 8)
            {
                return MemoryMarshal.Read<uint>(attributes[4..]);
            }

            attributes = attributes[Math.Min((size + 3) & ~3, attributes.Length)..];
        }

        return 0;
    }
}
