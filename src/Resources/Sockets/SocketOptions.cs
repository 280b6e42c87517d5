using System.Globalization;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>Socket options that are read from a socket and set on the one that takes its place (socket(7), tcp(7), ipv6(7)).</summary>
internal static unsafe class SocketOptions
{
    private const int Socket = 1, Ip = 0, Tcp = 6, Ipv6 = 41;
    private const int ReuseAddress = 2, ProtocolName = 38; // SO_PROTOCOL
    private const int UdpLite = 136, NetlinkLevel = 270;
    private const int SendBuffer = 7, ReceiveBuffer = 8, BufferLock = 72; // SO_BUF_LOCK

    // SO_REUSEADDR, BROADCAST, KEEPALIVE, OOBINLINE, PRIORITY, LINGER, REUSEPORT, PASSCRED, RCVLOWAT, RCVTIMEO, SNDTIMEO,
    // BINDTODEVICE, TIMESTAMP, PASSSEC, TIMESTAMPNS, MARK, TIMESTAMPING, RXQ_OVFL, WIFI_STATUS, PEEK_OFF, NOFCS, SELECT_ERR_QUEUE,
    // BUSY_POLL, MAX_PACING_RATE, ZEROCOPY, TXTIME, PREFER_BUSY_POLL, BUSY_POLL_BUDGET, TXREHASH, RCVMARK, PASSPIDFD;
    // what only privilege may set stays as it is without
    private static readonly int[] s_socket =
        [2, 6, 9, 10, 12, 13, 15, 16, 18, 20, 21, 25, 29, 34, 35, 36, 37, 40, 41, 42, 43, 45, 46, 47, 60, 61, 69, 70, 74, 75, 76];

    // TCP_NODELAY, CORK, KEEPIDLE, KEEPINTVL, KEEPCNT, SYNCNT, LINGER2, DEFER_ACCEPT, WINDOW_CLAMP, CONGESTION,
    // THIN_LINEAR_TIMEOUTS, USER_TIMEOUT, FASTOPEN, NOTSENT_LOWAT, SAVE_SYN, FASTOPEN_CONNECT, FASTOPEN_NO_COOKIE, INQ, TX_DELAY
    private static readonly int[] s_tcp = [1, 3, 4, 5, 6, 7, 8, 9, 10, 13, 16, 18, 23, 25, 27, 30, 34, 36, 37];

    // IP_TOS, TTL, HDRINCL, RECVOPTS, RETOPTS, PKTINFO, MTU_DISCOVER, RECVERR, RECVTTL, RECVTOS, FREEBIND, TRANSPARENT, RECVORIGDSTADDR,
    // MINTTL, NODEFRAG, BIND_ADDRESS_NO_PORT, RECVFRAGSIZE, RECVERR_RFC4884, MULTICAST_IF, _TTL, _LOOP, _ALL, UNICAST_IF
    private static readonly int[] s_ip = [1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 15, 19, 20, 21, 22, 24, 25, 26, 32, 33, 34, 49, 50];

    // IPV6_UNICAST_HOPS, MULTICAST_IF, _HOPS, _LOOP, MTU_DISCOVER, RECVERR, V6ONLY, MULTICAST_ALL, FLOWINFO_SEND, RECVPKTINFO,
    // RECVHOPLIMIT, RECVRTHDR, RECVHOPOPTS, RECVDSTOPTS, RECVPATHMTU, DONTFRAG, RECVTCLASS, TCLASS, AUTOFLOWLABEL, ADDR_PREFERENCES,
    // MINHOPCOUNT, RECVORIGDSTADDR, TRANSPARENT, UNICAST_IF, RECVFRAGSIZE, FREEBIND
    private static readonly int[] s_ipv6 =
        [16, 17, 18, 19, 23, 25, 26, 29, 33, 49, 51, 53, 56, 58, 60, 62, 66, 67, 70, 72, 73, 74, 75, 76, 77, 78];

    // UDP_SEGMENT, UDP_GRO (udp(7)); UDPLITE_SEND_CSCOV, RECV_CSCOV (udplite(7))
    private static readonly int[] s_udp = [103, 104], s_udpLite = [10, 11];

    // NETLINK_PKTINFO, BROADCAST_ERROR, NO_ENOBUFS, CAP_ACK, EXT_ACK, GET_STRICT_CHK (netlink(7))
    private static readonly int[] s_netlink = [3, 4, 5, 10, 11, 12];

    // ICMP_FILTER (raw(7)), ICMP6_FILTER (RFC 3542)
    private static readonly (int Level, int Name)[] s_raw = [(255, 1), (58, 1)];

    private const int MostTexts = 4096;
    private static readonly HashSet<string> s_texts = new(StringComparer.Ordinal);
    private static readonly Dictionary<(int Level, int Name, ulong Value), string> s_usual = [];

    /// <summary>"level:name:value in hex", separated by blanks.</summary>
    public static string Read(int fd, int family, int type)
    {
        var all = new List<string>();
        void Add(int level, IEnumerable<int> names) =>
            all.AddRange(names.Select(n => One(fd, level, n)).OfType<string>());
        Add(Socket, s_socket);
        bool internet = family is SocketAddress.Internet or SocketAddress.Internet6;
        if (internet && type == 1)
        {
            Add(Tcp, s_tcp);
        }

        if (internet && type == 2)
        {
            int protocol = Number(fd, Socket, ProtocolName);
            Add(protocol, protocol == UdpLite ? s_udpLite : s_udp);
        }

        if (internet && type == 3)
        {
            all.AddRange(s_raw.Select(o => One(fd, o.Level, o.Name)).OfType<string>());
        }

        if (family == SocketAddress.Netlink)
        {
            Add(NetlinkLevel, s_netlink);
        }

        if (family == SocketAddress.Internet)
        {
            Add(Ip, s_ip);
        }
        else if (family == SocketAddress.Internet6)
        {
            Add(Ipv6, s_ipv6);
        }

        // Sizes that the program chose; the kernel doubles what it is given (socket(7)).
        int locked = Number(fd, Socket, BufferLock);
        Add(Socket, (locked & 1) != 0 ? [SendBuffer] : []);
        Add(Socket, (locked & 2) != 0 ? [ReceiveBuffer] : []);
        // Of thousands of sockets most have the same.
        string text = string.Join(' ', all);
        return s_texts.TryGetValue(text, out string? known) ? known : Keep(text);
    }

    private static string Keep(string text)
    {
        if (s_texts.Count < MostTexts)
        {
            s_texts.Add(text);
        }

        return text;
    }

    /// <summary>
    /// Sets them, but for SO_REUSEADDR (<see cref="SetReuse"/>); with <paramref name="reuse"/> the address may be taken over
    /// whatever the program had chosen.
    /// </summary>
    public static void Set(string options, int slot, ProgramBuilder program, bool reuse) => Set(options, Argument.Slot(slot), program, reuse);

    /// <inheritdoc cref="Set(string, int, ProgramBuilder, bool)"/>
    public static void Set(string options, Argument socket, ProgramBuilder program, bool reuse)
    {
        foreach (string option in options.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = option.Split(':');
            int level = int.Parse(parts[0], CultureInfo.InvariantCulture), name = int.Parse(parts[1], CultureInfo.InvariantCulture);
            byte[] value = Convert.FromHexString(parts[2]);
            if (level == Socket && name == ReuseAddress)
            {
                continue;
            }

            if (level == Socket && name is SendBuffer or ReceiveBuffer && value.Length == 4)
            {
                BitConverter.TryWriteBytes(value, BitConverter.ToInt32(value) / 2);
            }

            program.Syscall(
                "socket option", SyscallNumber.Setsockopt,
                [socket, level, name, program.Data(value), value.Length], Expectation.Any);
        }

        if (reuse)
        {
            program.Syscall(
                "reuse the address", SyscallNumber.Setsockopt,
                [socket, Socket, ReuseAddress, program.Data(BitConverter.GetBytes(1)), 4]);
        }
    }

    /// <summary>What the program had chosen for SO_REUSEADDR: only when all connections stand, for they share ports.</summary>
    public static void SetReuse(string options, Argument socket, ProgramBuilder program)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Socket}:{ReuseAddress}:");
        string? option = options.Split(' ').FirstOrDefault(o => o.StartsWith(name, StringComparison.Ordinal));
        if (option is not null)
        {
            byte[] value = Convert.FromHexString(option[name.Length..]);
            program.Syscall(
                "SO_REUSEADDR as it was", SyscallNumber.Setsockopt,
                [socket, Socket, ReuseAddress, program.Data(value), value.Length], Expectation.Any);
        }
    }

    /// <summary>TCP_ULP: something of the kernel's own lies between the program and TCP, such as encryption.</summary>
    public static bool HasUpperProtocol(int fd)
    {
        const int upperProtocol = 31; // TCP_ULP, linux/tcp.h
        return One(fd, Tcp, upperProtocol) is { } found && !found.EndsWith(':');
    }

    public static int Number(int fd, int level, int name)
    {
        int value = 0, length = 4;
        Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, (ulong)level, (ulong)name, (ulong)&value, (ulong)&length);
        return value;
    }

    public static void SetNumber(int fd, int level, int name, int value) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, (ulong)level, (ulong)name, (ulong)&value, 4);

    private static string? One(int fd, int level, int name)
    {
        byte* value = stackalloc byte[32];
        int length = 32;
        if (Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, (ulong)level, (ulong)name, (ulong)value, (ulong)&length) < 0)
        {
            return null;
        }

        if (length != 4)
        {
            return Text(level, name, value, length);
        }

        (int, int, ulong) key = (level, name, *(uint*)value);
        if (!s_usual.TryGetValue(key, out string? text))
        {
            text = Text(level, name, value, length);
            if (s_usual.Count < MostTexts)
            {
                s_usual[key] = text;
            }
        }

        return text;
    }

    private static string Text(int level, int name, byte* value, int length) =>
        string.Create(CultureInfo.InvariantCulture, $"{level}:{name}:{Convert.ToHexString(new ReadOnlySpan<byte>(value, length))}");
}
