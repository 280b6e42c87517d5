using Interpose.Images.Metadata;

namespace Interpose.Resources.Sockets;

/// <summary>The end on this host of a TCP connection between processes of the computation on two hosts.</summary>
public sealed class HostLink
{
    private HostLink(OpenFileDescription file, SocketRecord socket)
    {
        (Low, High, IsLower) = Marks(socket);
        Name = $"connection of {socket.Local} with {socket.Peer} on {socket.PeerHost}";
        PeerHost = socket.PeerHost;
        Unread = file.Payload;
        IsVersion6 = socket.Domain == SocketAddress.Internet6;
        IsPeerVersion6 = socket.PeerDomain == SocketAddress.Internet6;
        HasSentEnd = TcpPair.s_sentEnd.Contains(socket.TcpState);
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>Host of the other end, as it was called at the checkpoint.</summary>
    public string PeerHost { get; }

    /// <summary>The lower mark of its two addresses; with the other one it is the same at both ends.</summary>
    public ulong Low { get; }

    /// <summary>The higher mark.</summary>
    public ulong High { get; }

    /// <summary>This is the end whose own address has the lower mark. It accepts, the other connects.</summary>
    public bool IsLower { get; }

    /// <summary>What had arrived here and was not read: the other end has to send it again.</summary>
    public byte[] Unread { get; }

    /// <summary>This end is an IPv6 socket, whatever it speaks.</summary>
    public bool IsVersion6 { get; }

    /// <summary>The other end is.</summary>
    public bool IsPeerVersion6 { get; }

    /// <summary>This end had sent its last byte.</summary>
    public bool HasSentEnd { get; }

    /// <summary>By which the compiler finds the fd.</summary>
    public string Key => KeyOf(Low, High, IsLower);

    /// <summary>Those that the processes of one host have.</summary>
    public static IReadOnlyList<HostLink> Of(IEnumerable<ProcessMetadata> processes) =>
    [
        .. processes
            .SelectMany(p => p.Files.Descriptions.Where(f => f.Kind == OpenFileKind.Socket && f.OwnerPid == 0)
                .Select(f => (File: f, Socket: new SocketRecord(f), p.Identity.Host)))
            .Where(e => e.Socket is { IsTcp: true, IsConnected: true, IsInside: true } && e.Socket.PeerHost.Length > 0
                && e.Socket.PeerHost != e.Host)
            .Select(e => new HostLink(e.File, e.Socket)).DistinctBy(l => l.Key),
    ];

    internal static string KeyOf(SocketRecord socket)
    {
        (ulong low, ulong high, bool isLower) = Marks(socket);
        return KeyOf(low, high, isLower);
    }

    private static string KeyOf(ulong low, ulong high, bool isLower) => $"host-link:{low:x}:{high:x}:{isLower}";

    private static (ulong Low, ulong High, bool IsLower) Marks(SocketRecord socket)
    {
        ulong local = socket.Local.Mark(), peer = socket.Peer.Mark();
        return (Math.Min(local, peer), Math.Max(local, peer), local <= peer);
    }
}
