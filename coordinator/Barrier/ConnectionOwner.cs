using System.Globalization;
using System.Net;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Finds the processes of this host that hold the other end of connections. Unlike a process id that somebody sent,
/// this also holds for a process in a pid namespace of its own, and can never mean a stranger.
/// </summary>
internal static class ConnectionOwner
{
    private const int LocalColumn = 1;
    private const int RemoteColumn = 2;
    private const int InodeColumn = 9;

    /// <summary>
    /// For each member the process ids as this process sees them; none where the peer is on another host or belongs to
    /// another user.
    /// </summary>
    public static Dictionary<Member, List<int>> Find(IReadOnlyCollection<Member> members)
    {
        Dictionary<string, Member> byLink = Links(members);
        var owners = members.ToDictionary(m => m, _ => new List<int>());
        if (byLink.Count == 0)
        {
            return owners;
        }

        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && pid != Environment.ProcessId)
            {
                foreach (Member member in HeldBy(pid, byLink))
                {
                    owners[member].Add(pid);
                }
            }
        }

        return owners;
    }

    /// <summary>From what /proc/PID/fd shows of a connection to the member at its other end.</summary>
    private static Dictionary<string, Member> Links(IReadOnlyCollection<Member> members)
    {
        // Seen from the peer, its address is the local one.
        var wanted = new Dictionary<(string Local, string Remote), Member>();
        foreach (Member member in members)
        {
            if (member.Connection is { Remote: { } peer, Local: { } ours })
            {
                wanted[(Hex(peer), Hex(ours))] = member;
            }
        }

        var links = new Dictionary<string, Member>(StringComparer.Ordinal);
        try
        {
            foreach (string line in File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6")))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > InodeColumn && wanted.TryGetValue((fields[LocalColumn], fields[RemoteColumn]), out Member? member))
                {
                    links[$"socket:[{fields[InodeColumn]}]"] = member;
                }
            }
        }
        catch (IOException)
        {
            // Then nobody is found.
        }

        return links;
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

    /// <summary>The shim's thread has a table of fds of its own, so that each thread has to be looked at.</summary>
    private static HashSet<Member> HeldBy(int pid, Dictionary<string, Member> byLink)
    {
        var held = new HashSet<Member>();
        try
        {
            foreach (string task in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                foreach (string fd in Directory.EnumerateFiles($"{task}/fd"))
                {
                    if (new FileInfo(fd).LinkTarget is { } target && byLink.TryGetValue(target, out Member? member))
                    {
                        held.Add(member);
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is gone, or somebody else's.
        }

        return held;
    }
}
