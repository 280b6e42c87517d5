using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>What only the kernel's socket diagnosis tells of a unix socket (sock_diag(7)).</summary>
/// <param name="Peer">Inode of the other end, 0: none.</param>
/// <param name="Backlog">Length of the queue of a listening socket.</param>
/// <param name="Shutdown">1: nothing more arrives; 2: nothing more can be sent (RCV_SHUTDOWN and SEND_SHUTDOWN, net/sock.h).</param>
/// <param name="Waiting">Connections in the queue of a listening socket.</param>
/// <param name="FileInode">Of the file that it was bound to, whether that has a name yet or not; 0: none.</param>
/// <param name="FileDevice">Its device, in the kernel's own format (12 bits of major, 20 of minor number).</param>
internal readonly record struct UnixPeer(uint Peer, uint Backlog, byte Shutdown, uint Waiting, uint FileInode, uint FileDevice)
{
    private const int Netlink = 16, Datagram = 2, SockDiag = 4;
    private const ushort ByFamily = 20, Request = 1;
    private const uint AllStates = uint.MaxValue, ShowFile = 2, ShowPeer = 4, ShowQueues = 0x10;
    private const int FileAttribute = 1, PeerAttribute = 2, QueuesAttribute = 4, ShutdownAttribute = 6;
    private const int RequestSize = 16 + 24, ReplyHeader = 16 + 16;

    public static unsafe UnixPeer Of(ulong inode)
    {
        long fd = Sys.Try(SyscallNumber.Socket, Netlink, Datagram | OpenFlags.CloseOnExec, SockDiag);
        if (fd < 0)
        {
            return default;
        }

        // struct nlmsghdr, struct unix_diag_req
        Span<byte> request = stackalloc byte[RequestSize];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, RequestSize);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], ByFamily);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], Request);
        request[16] = 1; // AF_UNIX
        BinaryPrimitives.WriteUInt32LittleEndian(request[20..], AllStates);
        BinaryPrimitives.WriteUInt32LittleEndian(request[24..], (uint)inode);
        BinaryPrimitives.WriteUInt32LittleEndian(request[28..], ShowFile | ShowPeer | ShowQueues);
        BinaryPrimitives.WriteUInt64LittleEndian(request[32..], ulong.MaxValue); // no cookie
        Span<byte> reply = stackalloc byte[4096];
        Sys.TryWrite((int)fd, request);
        long length = Sys.TryRead((int)fd, reply);
        Sys.Close((int)fd);
        return length < ReplyHeader || BinaryPrimitives.ReadUInt16LittleEndian(reply[4..]) != ByFamily
            ? default
            : Parse(reply[ReplyHeader..(int)length]);
    }

    private static UnixPeer Parse(ReadOnlySpan<byte> attributes)
    {
        uint peer = 0, backlog = 0, waiting = 0, inode = 0, device = 0;
        byte shutdown = 0;
        while (attributes.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            int kind = BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]);
            if (size < 4 || size > attributes.Length)
            {
                break;
            }

            ReadOnlySpan<byte> value = attributes[4..size];
            peer = kind == PeerAttribute ? MemoryMarshal.Read<uint>(value) : peer;
            inode = kind == FileAttribute ? MemoryMarshal.Read<uint>(value) : inode;
            device = kind == FileAttribute ? MemoryMarshal.Read<uint>(value[4..]) : device;
            waiting = kind == QueuesAttribute ? MemoryMarshal.Read<uint>(value) : waiting;
            shutdown = kind == ShutdownAttribute ? value[0] : shutdown;
            backlog = kind == QueuesAttribute ? MemoryMarshal.Read<uint>(value[4..]) : backlog;
            int aligned = (size + 3) & ~3;
            attributes = aligned >= attributes.Length ? [] : attributes[aligned..];
        }

        return new UnixPeer(peer, backlog, shutdown, waiting, inode, device);
    }
}
