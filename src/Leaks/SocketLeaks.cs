namespace Interpose.Leaks;

/// <summary>Connections whose other end is outside.</summary>
internal static class SocketLeaks
{
    private const int LastStandardFd = 2;

    public static IEnumerable<Leak> Find(HostView host)
    {
        var inside = new Dictionary<ulong, ObservedFile>();
        foreach (ObservedFile file in host.Inside.OrderBy(static p => p.Key).SelectMany(static p => p.Value.Files))
        {
            if (InodeOf(file) is { } inode)
            {
                inside.TryAdd(inode, file);
            }
        }

        if (inside.Count == 0)
        {
            return [];
        }

        var outside = new Dictionary<ulong, int>();
        foreach (ObservedFile file in host.Outside.Values.SelectMany(static p => p.Files))
        {
            if (InodeOf(file) is { } inode)
            {
                outside.TryAdd(inode, file.Pid);
            }
        }

        return [.. Unix(host, inside, outside), .. Tcp(host, inside, outside)];
    }

    private static IEnumerable<Leak> Unix(HostView host, Dictionary<ulong, ObservedFile> inside, Dictionary<ulong, int> outside)
    {
        Dictionary<ulong, ulong> peers = UnixSockets.Peers();
        foreach ((ulong inode, ObservedFile file) in inside)
        {
            // A peer without an inode waits to be accepted, by a listener that is there.
            if (peers.GetValueOrDefault(inode) is var peer and not 0 && !inside.ContainsKey(peer))
            {
                string whose = outside.TryGetValue(peer, out int pid) ? $"of {host.NameOf(pid)}" : "of a process that cannot be looked at";
                yield return FileLeaks.Describe(host, file, $"is connected to socket:[{peer}] {whose}", file.Fd <= LastStandardFd);
            }
        }
    }

    private static IEnumerable<Leak> Tcp(HostView host, Dictionary<ulong, ObservedFile> inside, Dictionary<ulong, int> outside)
    {
        IReadOnlyList<TcpConnection> table = TcpConnection.All();
        var byEnds = new Dictionary<(string, string), ulong>();
        foreach (TcpConnection connection in table)
        {
            byEnds[(connection.Local, connection.Remote)] = connection.Inode;
        }

        foreach (TcpConnection connection in table)
        {
            if (!inside.TryGetValue(connection.Inode, out ObservedFile file))
            {
                continue;
            }

            bool isHere = byEnds.TryGetValue((connection.Remote, connection.Local), out ulong peer);
            if (isHere && (peer == 0 || inside.ContainsKey(peer)))
            {
                continue;
            }

            string whose = !isHere ? "outside"
                : outside.TryGetValue(peer, out int pid) ? $"of {host.NameOf(pid)}"
                : "of a process that cannot be looked at";
            yield return FileLeaks.Describe(
                host, file, $"is connected from {connection.LocalText} to {connection.RemoteText} {whose}", file.Fd <= LastStandardFd) with
            {
                Elsewhere = isHere ? null : connection.Marks,
            };
        }
    }

    private static ulong? InodeOf(ObservedFile file)
    {
        const string socket = "socket:[";
        return file.Link.StartsWith(socket, StringComparison.Ordinal) && ulong.TryParse(file.Link.AsSpan(socket.Length, file.Link.Length - socket.Length - 1), out ulong inode)
            ? inode
            : null;
    }
}
