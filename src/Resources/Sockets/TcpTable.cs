using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// The TCP connections of this network namespace as the kernel's socket diagnosis shows them (sock_diag(7)): the only way
/// to look at the other end of a connection, and the only one at all while nobody has accepted it.
/// </summary>
internal sealed unsafe class TcpTable
{
    private const int Netlink = 16, Datagram = 2, SockDiag = 4;
    private const ushort ByFamily = 20, Request = 1, Dump = 0x300, Done = 3;
    private const int TcpProtocol = 6;
    private const byte InfoExtension = 1 << 1; // INET_DIAG_INFO is 2
    private const int InfoAttribute = 2;
    private const int HeaderSize = 16, RequestSize = HeaderSize + 56, ReplySize = 72;
    private const int LastReceived = 56; // tcpi_last_ack_recv of struct tcp_info, ms ago

    // All but TCP_TIME_WAIT (6) and TCP_NEW_SYN_RECV (12), net/tcp_states.h
    private const uint States = 0xfff & ~(1u << 6);
    private const int ListenState = 10, SynSentState = 2;

    private readonly Dictionary<(ulong Local, ulong Peer), TcpView> _views = [];
    private readonly HashSet<int> _listening = [];
    private readonly Dictionary<uint, SocketAddress> _targets = [];
    private readonly List<(int Port, SocketAddress Local, SocketAddress Peer)> _queued = [];

    // A clock that all processes of the computation share.
    private readonly long _readAtMs = Environment.TickCount64;

    /// <summary>All there are.</summary>
    public static TcpTable Read()
    {
        // Ages are of the moment of the answer, and matter for connections that wait to be accepted. One that came late, on a busy machine, would put connections into a wrong order.
        const int tries = 20, lateMs = 4;
        for (int i = 0; ; i++)
        {
            var table = new TcpTable();
            table.Ask(SocketAddress.Internet);
            table.Ask(SocketAddress.Internet6);
            if (i == tries || table._queued.Count == 0 || Environment.TickCount64 - table._readAtMs <= lateMs)
            {
                return table;
            }
        }
    }

    /// <summary>The connection with this own address and that peer, as <see cref="SocketAddress.Mark"/> tells them.</summary>
    public TcpView? Of(SocketAddress local, SocketAddress peer) =>
        _views.TryGetValue((local.Mark(), peer.Mark()), out TcpView view) ? view : null;

    /// <summary>Where the socket with this inode is about to be connected to.</summary>
    public SocketAddress? TargetOf(uint socket) => _targets.TryGetValue(socket, out SocketAddress target) ? target : null;

    /// <summary>Somebody listens at this port.</summary>
    public bool IsListening(int port) => _listening.Contains(port);

    /// <summary>Connections from other hosts that wait to be accepted at a port: own address, peer.</summary>
    public IReadOnlyList<(SocketAddress Local, SocketAddress Peer)> QueuedFromElsewhere(int port) =>
        [.. _queued.Where(q => q.Port == port && Of(q.Peer, q.Local) is null).Select(q => (q.Local, q.Peer))];

    private void Ask(int family)
    {
        long fd = Sys.Try(SyscallNumber.Socket, Netlink, Datagram | OpenFlags.CloseOnExec, SockDiag);
        if (fd < 0)
        {
            return;
        }

        // struct nlmsghdr, struct inet_diag_req_v2
        Span<byte> request = stackalloc byte[RequestSize];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, RequestSize);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], ByFamily);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], Request | Dump);
        request[HeaderSize] = (byte)family;
        request[HeaderSize + 1] = TcpProtocol;
        request[HeaderSize + 2] = InfoExtension;
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderSize + 4)..], States);
        Sys.TryWrite((int)fd, request);
        byte[] buffer = new byte[64 << 10];
        while (Sys.TryRead((int)fd, buffer) is var length and > 0 && Take(buffer.AsSpan(0, (int)length), family))
        {
        }

        Sys.Close((int)fd);
    }

    /// <summary>False: that was the last of them.</summary>
    private bool Take(ReadOnlySpan<byte> messages, int family)
    {
        while (messages.Length >= HeaderSize)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]);
            if (type != ByFamily || length < HeaderSize + ReplySize || length > messages.Length)
            {
                return type is not (Done or 2 /* NLMSG_ERROR */) && length >= HeaderSize && length <= messages.Length;
            }

            Add(messages[HeaderSize..length], family);
            messages = messages[Math.Min((length + 3) & ~3, messages.Length)..];
        }

        return true;
    }

    private void Add(ReadOnlySpan<byte> reply, int family)
    {
        const int state = 1, id = 4, peerPort = 2, source = 4, destination = 20, received = 56, unsent = 60, inode = 68;
        SocketAddress local = Address(reply[id..], source, family), peer = Address(reply[(id + peerPort)..], destination - peerPort, family);
        if (reply[state] == ListenState)
        {
            _listening.Add(local.Port);
            return;
        }

        if (reply[state] == SynSentState)
        {
            _targets[MemoryMarshal.Read<uint>(reply[inode..])] = peer;
        }

        var view = new TcpView(
            reply[state],
            MemoryMarshal.Read<uint>(reply[received..]),
            MemoryMarshal.Read<uint>(reply[unsent..]),
            MemoryMarshal.Read<uint>(reply[inode..]),
            _readAtMs - Age(reply[ReplySize..]));
        _views[(local.Mark(), peer.Mark())] = view;
        if (view.IsQueued)
        {
            _queued.Add((local.Port, local, peer));
        }
    }

    private static SocketAddress Address(ReadOnlySpan<byte> id, int at, int family)
    {
        byte[] bytes = new byte[family == SocketAddress.Internet ? 16 : 28];
        bytes[0] = (byte)family;
        id[..2].CopyTo(bytes.AsSpan(2));
        id.Slice(at, family == SocketAddress.Internet ? 4 : 16).CopyTo(bytes.AsSpan(family == SocketAddress.Internet ? 4 : 8));
        return new SocketAddress(bytes);
    }

    private static uint Age(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (size < 4 || size > attributes.Length)
            {
                break;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) == InfoAttribute && size >= 4 + LastReceived + 4)
            {
                return MemoryMarshal.Read<uint>(attributes[(4 + LastReceived)..]);
            }

            attributes = attributes[Math.Min((size + 3) & ~3, attributes.Length)..];
        }

        return 0;
    }
}
