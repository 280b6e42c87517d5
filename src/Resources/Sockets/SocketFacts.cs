using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>What getsockopt and getsockname say of a socket.</summary>
internal sealed unsafe class SocketFacts
{
    private const int SolSocket = 1, SoType = 3, SoAcceptConn = 30, SoProtocol = 38, SoDomain = 39;
    private const int SolTcp = 6, TcpInfo = 11;
    private const int TcpInfoUnacked = 24, TcpInfoSacked = 28; // struct tcp_info, linux/tcp.h
    private const int Fionread = 0x541B, Siocoutq = 0x5411; // SIOCOUTQ: not acknowledged by the other end, tcp(7)

    public SocketFacts(int fd)
    {
        Domain = SocketOptions.Number(fd, SolSocket, SoDomain);
        Type = SocketOptions.Number(fd, SolSocket, SoType);
        Protocol = SocketOptions.Number(fd, SolSocket, SoProtocol);
        IsListening = SocketOptions.Number(fd, SolSocket, SoAcceptConn) != 0;
        Local = new SocketAddress(Name(fd, SyscallNumber.Getsockname) ?? []);
        byte[]? peer = Name(fd, SyscallNumber.Getpeername);
        Peer = new SocketAddress(peer ?? []);

        // The kernel itself is the peer of a netlink socket that was not told another.
        IsConnected = peer is not null && (Domain != SocketAddress.Netlink || Peer.IsBound);
        IsInternet = Domain is SocketAddress.Internet or SocketAddress.Internet6;
        if (IsInternet && Type == 1)
        {
            byte* info = stackalloc byte[256];
            int length = 256;
            if (Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, SolTcp, TcpInfo, (ulong)info, (ulong)&length) >= 0)
            {
                TcpState = info[0];
                Waiting = IsListening ? *(uint*)(info + TcpInfoUnacked) : 0;
                Backlog = IsListening ? *(uint*)(info + TcpInfoSacked) : 0;
            }
        }
    }

    public int Domain { get; }

    public int Type { get; }

    public int Protocol { get; }

    public bool IsInternet { get; }

    public bool IsTcp => IsInternet && Type == 1;

    public bool IsListening { get; }

    public bool IsConnected { get; }

    /// <summary>TCP_ESTABLISHED (1) and so on, net/tcp_states.h; 0 for others.</summary>
    public int TcpState { get; }

    /// <summary>Connections in the accept queue of a listening TCP socket: tcpi_unacked of it, net/ipv4/tcp.c.</summary>
    public uint Waiting { get; }

    /// <summary>Length of the accept queue of a listening TCP socket: tcpi_sacked of it, net/ipv4/tcp.c.</summary>
    public uint Backlog { get; }

    public SocketAddress Local { get; }

    public SocketAddress Peer { get; }

    /// <summary>Bytes that have arrived and were not read.</summary>
    public static int Unread(int fd) => Queue(fd, Fionread);

    /// <summary>Bytes that were sent and have not arrived.</summary>
    public static int Unsent(int fd) => Queue(fd, Siocoutq);

    private static int Queue(int fd, int request)
    {
        int bytes = 0;
        Sys.Try(SyscallNumber.Ioctl, (ulong)fd, (ulong)request, (ulong)&bytes);
        return bytes;
    }

    private static byte[]? Name(int fd, SyscallNumber call)
    {
        byte* address = stackalloc byte[128];
        int length = 128;
        return Sys.Try(call, (ulong)fd, (ulong)address, (ulong)&length) < 0
            ? null
            : new ReadOnlySpan<byte>(address, Math.Min(length, 128)).ToArray();
    }
}
