using Interpose.Images.Metadata;
using Interpose.Resources.Sharing;

namespace Interpose.Resources;

/// <summary>What modules need to know of the whole process while they describe one file.</summary>
public sealed class DiscoveryContext(int pid, IReadOnlyList<DescriptorFacts> all, IContentStore contents, HostPeers peers)
{
    private HashSet<ulong>? _sockets;
    private ILookup<SharedKey, TcpEnd>? _tcpEnds;

    /// <summary>This process.</summary>
    public int Pid { get; } = pid;

    public IReadOnlyList<DescriptorFacts> All { get; } = all;

    public IContentStore Contents { get; } = contents;

    /// <summary>The other processes of the computation on this host.</summary>
    public HostPeers Peers { get; } = peers;

    /// <summary>What was taken out of kernel objects to be looked at: to be put back before anything goes on, here or in a restored life.</summary>
    public List<Action> PutBack { get; } = [];

    /// <summary>Connections to the outside are kept still, so that a restart can go on with them; the process ends here.</summary>
    public bool KeepConnections { get; init; }

    /// <summary>kcmp(2), KCMP_FILE, of two pids and two fds, for a process that may not do it itself; null: it may.</summary>
    public Func<int, int, int, int, long>? Compare { get; init; }

    /// <summary>Inodes of all sockets of this process.</summary>
    internal HashSet<ulong> Sockets => _sockets ??= [.. All.Where(o => o.Status.IsSocket).Select(o => o.Status.Inode)];

    /// <summary>The ends of TCP connections that this process holds, by connection: there may be thousands.</summary>
    internal ILookup<SharedKey, TcpEnd> TcpEnds => _tcpEnds ??= All
        .Where(o => o.Status.IsSocket && o.Socket is { IsTcp: true, IsConnected: true })
        .ToLookup(o => SharedInventory.TcpKey(o.Socket!), o => TcpEnd.Of(o.Fd, o.Socket!));

    /// <summary>The fields that every kind of file has.</summary>
    public static OpenFileDescription Common(
        DescriptorFacts facts,
        OpenFileKind kind,
        int contentObject = 0,
        IReadOnlyDictionary<string, string>? extra = null,
        byte[]? payload = null,
        string? path = null) => new()
        {
            Kind = kind,
            Path = path ?? facts.Path,
            Deleted = path is null && facts.IsDeleted,
            Flags = facts.Flags,
            Offset = facts.Offset,
            Size = facts.Status.IsRegular ? facts.Status.Size : 0,
            Device = facts.Status.Device,
            Inode = facts.Status.Inode,
            ModifiedNs = facts.Status.ModifiedNs,
            Mode = facts.Status.Mode,
            DeviceNumber = facts.Status.DeviceNumber,
            ContentObject = contentObject,
            Extra = extra ?? new Dictionary<string, string>(StringComparer.Ordinal),
            Payload = payload ?? [],
        };
}
