using Interpose.Resources.Sockets;

namespace Interpose.Resources.Sharing;

/// <summary>One end of a TCP connection, packed into the value of a <see cref="SharedEntry"/>.</summary>
/// <param name="Fd">Its fd; -1: it has none yet.</param>
/// <param name="IsLower">Its own address has the lower mark of the two.</param>
/// <param name="IsVersion6">It is an IPv6 socket, whatever it speaks.</param>
internal readonly record struct TcpEnd(int Fd, bool IsLower, bool IsVersion6)
{
    private const int NoFd = -1;

    public static TcpEnd Of(int fd, SocketFacts socket) =>
        new(fd, socket.Local.Mark() <= socket.Peer.Mark(), socket.Domain == SocketAddress.Internet6);

    /// <summary>An end that nobody has yet, for it waits to be accepted.</summary>
    public static TcpEnd Queued(SocketAddress local, SocketAddress peer) => new(NoFd, local.Mark() <= peer.Mark(), false);

    public bool IsQueued => Fd == NoFd;

    public static TcpEnd FromValue(long value) => new((int)(value >> 2), (value & 1) != 0, (value & 2) != 0);

    public long ToValue() => ((long)Fd << 2) | (IsLower ? 1L : 0) | (IsVersion6 ? 2L : 0);
}
