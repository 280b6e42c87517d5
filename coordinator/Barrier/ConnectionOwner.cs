using System.Globalization;
using System.Net;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Finds the processes of this host that hold the other end of a connection. Unlike a process id that somebody sent,
/// this also holds for a process in a pid namespace of its own, and can never mean a stranger.
/// </summary>
internal static class ConnectionOwner
{
    private const int LocalColumn = 1;
    private const int RemoteColumn = 2;
    private const int InodeColumn = 9;

    /// <summary>Process ids as this process sees them; none when the peer is on another host or belongs to another user.</summary>
    /// <param name="peer">The peer's end.</param>
    /// <param name="ours">Our end.</param>
    public static IReadOnlyList<int> Find(IPEndPoint? peer, IPEndPoint? ours)
    {
        if (peer is null || ours is null || FindInode(peer, ours) is not { } inode)
        {
            return [];
        }

        string link = $"socket:[{inode}]";
        return
        [
            .. Directory.EnumerateDirectories("/proc")
                .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
                .Where(pid => pid > 0 && Holds(pid, link)),
        ];
    }

    private static string? FindInode(IPEndPoint peer, IPEndPoint ours)
    {
        // Seen from the peer, its address is the local one.
        string local = Hex(peer);
        string remote = Hex(ours);
        try
        {
            return File.ReadLines("/proc/net/tcp")
                .Concat(File.ReadLines("/proc/net/tcp6"))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .FirstOrDefault(f => f.Length > InodeColumn && f[LocalColumn] == local && f[RemoteColumn] == remote)?[InodeColumn];
        }
        catch (IOException)
        {
            return null;
        }
    }

    // The kernel prints an address as native-endian 32-bit words.
    private static string Hex(IPEndPoint end)
    {
        byte[] bytes = end.Address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i += 4)
        {
            Array.Reverse(bytes, i, 4);
        }

        return $"{Convert.ToHexString(bytes)}:{end.Port:X4}";
    }

    private static bool Holds(int pid, string link)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fd").Any(fd => new FileInfo(fd).LinkTarget == link);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
