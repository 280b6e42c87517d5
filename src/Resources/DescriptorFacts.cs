using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Sockets;
using Interpose.Resources.Terminals;

namespace Interpose.Resources;

/// <summary>
/// What the kernel says of one open fd of the application. /proc/self is the process's main thread, so these are its fds
/// and not those of the thread that asks.
/// </summary>
public sealed class DescriptorFacts
{
    private SocketFacts? _socket;
    private UnixPeer? _unixPeer;
    private TerminalFacts? _terminal;
    private bool _isTerminalKnown;

    public DescriptorFacts(int fd)
    {
        Fd = fd;
        Target = Sys.TryReadLink(Link) ?? "";
        FileStatus.TryOf(Link, out FileStatus status);
        Status = status;
        Info = new StatusFile(Link.Replace("/fd/", "/fdinfo/", StringComparison.Ordinal));
        int flags = Info["flags"].Length == 0 ? 0 : Convert.ToInt32(Info["flags"], 8);
        CloseOnExec = (flags & OpenFlags.CloseOnExec) != 0;
        Flags = flags & ~OpenFlags.CloseOnExec;
    }

    /// <summary>Its number; from <see cref="FileDescriptor.FirstQueued"/> on: of a copy that the agent has of one in a queue.</summary>
    public int Fd { get; }

    /// <summary>A link in /proc that leads to the open file.</summary>
    public string Link => Fd < FileDescriptor.FirstQueued
        ? $"/proc/self/fd/{Fd}"
        : $"/proc/thread-self/fd/{Fd - FileDescriptor.FirstQueued}";

    /// <summary>
    /// A connection that the agent has accepted from a queue, because its client has closed it: where it waited, and its place there.
    /// </summary>
    internal (SocketAddress Listener, int Place)? Abandoned { get; init; }

    /// <summary>How many of those were at this socket.</summary>
    internal int AbandonedClients { get; set; }

    /// <summary>What is unread at a unix socket: <see cref="QueuedDescriptors"/> has looked.</summary>
    internal UnixUnread? UnixUnread { get; set; }

    /// <summary>What it says as a socket; null when it is none.</summary>
    internal SocketFacts? Socket => _socket ??= Status.IsSocket ? AskSocket() : null;

    /// <summary>What the kernel's diagnosis says of a unix socket.</summary>
    internal UnixPeer UnixPeer => _unixPeer ??= Socket?.Domain == SocketAddress.Unix ? UnixPeer.Of(Status.Inode) : default;

    /// <summary>What it is as a terminal; null when it is none.</summary>
    internal TerminalFacts? Terminal
    {
        get
        {
            _terminal = _isTerminalKnown ? _terminal : TerminalFacts.Of(this);
            _isTerminalKnown = true;
            return _terminal;
        }
    }

    /// <summary>The other end of a TCP connection, if that is on this host: <see cref="SocketDrain"/> has looked.</summary>
    internal TcpView? OtherEnd { get; set; }

    /// <summary>Where a TCP connection is being made to: <see cref="SocketDrain"/> has looked.</summary>
    internal SocketAddress? Connecting { get; set; }

    /// <summary>It was accepted, as far as can be told: somebody listens at its port, and nobody at its peer's.</summary>
    internal bool? IsServer { get; set; }

    /// <summary>More is on its way to the other end than that has room for.</summary>
    internal bool IsUndelivered { get; set; }

    /// <summary>Connections from other hosts that wait to be accepted here: own address, peer.</summary>
    internal IReadOnlyList<(SocketAddress Local, SocketAddress Peer)> Clients { get; set; } = [];

    /// <summary>Something is on its way to it from an end that nobody has any more, and there is no room for it.</summary>
    internal bool IsCutOff { get; set; }

    /// <summary>The unix socket in whose queue this client waits, and its place there.</summary>
    internal (uint Listener, int Position)? UnixQueue { get; set; }

    /// <summary>What /proc/self/fd/N points to.</summary>
    public string Target { get; }

    public FileStatus Status { get; }

    /// <summary>/proc/self/fdinfo/N, proc_pid_fdinfo(5).</summary>
    public StatusFile Info { get; }

    /// <summary>Flags of the open file description.</summary>
    public int Flags { get; }

    public bool CloseOnExec { get; }

    /// <summary>File offset, bytes.</summary>
    public long Offset => long.TryParse(Info["pos"], out long offset) ? offset : 0;

    public bool IsWritable => (Flags & OpenFlags.AccessMode) != OpenFlags.ReadOnly;

    /// <summary>The kernel marks a file that has no name any more.</summary>
    public bool IsDeleted => Target.EndsWith(" (deleted)", StringComparison.Ordinal);

    public string Path => IsDeleted ? Target[..^" (deleted)".Length] : Target;

    /// <summary>What is known of it as a socket may have changed.</summary>
    internal void LookAgain() => _socket = null;

    private SocketFacts AskSocket()
    {
        using var borrowed = new BorrowedDescriptor(Fd);
        return new SocketFacts(borrowed.Fd);
    }
}
