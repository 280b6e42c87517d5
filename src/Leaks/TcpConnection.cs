using System.Globalization;
using System.Net;
using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>A TCP socket that has a peer (proc_pid_net(5), /proc/net/tcp).</summary>
/// <param name="Inode">Its inode; 0: it has not been accepted yet.</param>
/// <param name="Local">Its own end, as the kernel prints it.</param>
/// <param name="Remote">The other end.</param>
internal sealed record TcpConnection(ulong Inode, string Local, string Remote)
{
    private const int LocalColumn = 1, RemoteColumn = 2, StateColumn = 3, InodeColumn = 9;
    private const string TimeWait = "06", Closed = "07", Listening = "0A";

    public string LocalText => Text(Local);

    public string RemoteText => Text(Remote);

    /// <summary>Both ends as the computation names them on all its hosts, the lower mark first.</summary>
    public (ulong Low, ulong High) Marks
    {
        get
        {
            ulong local = Mark(Local), remote = Mark(Remote);
            return (Math.Min(local, remote), Math.Max(local, remote));
        }
    }

    /// <summary>All connections of this network namespace, of both families.</summary>
    public static IReadOnlyList<TcpConnection> All() => [.. Read("/proc/net/tcp"), .. Read("/proc/net/tcp6")];

    private static IEnumerable<TcpConnection> Read(string path)
    {
        foreach (string line in Sys.ReadText(path).Split('\n').Skip(1))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > InodeColumn && fields[StateColumn] is not (TimeWait or Closed or Listening)
                && ulong.TryParse(fields[InodeColumn], out ulong inode))
            {
                yield return new TcpConnection(inode, Plain(fields[LocalColumn]), Plain(fields[RemoteColumn]));
            }
        }
    }

    // An IPv4 peer of an IPv6 socket is listed under both families: ::ffff:a.b.c.d.
    private static string Plain(string end)
    {
        const string mapped = "0000000000000000FFFF0000";
        return end.StartsWith(mapped, StringComparison.Ordinal) ? end[mapped.Length..] : end;
    }

    private static string Text(string end) => Parse(end).ToString();

    private static ulong Mark(string end)
    {
        IPEndPoint point = Parse(end);
        return EndpointMark.Of(point.Address.MapToIPv6().GetAddressBytes(), point.Port);
    }

    // The kernel prints an address as native-endian 32-bit words.
    private static IPEndPoint Parse(string end)
    {
        string[] parts = end.Split(':');
        byte[] bytes = Convert.FromHexString(parts[0]);
        for (int i = 0; i < bytes.Length; i += 4)
        {
            Array.Reverse(bytes, i, 4);
        }

        return new IPEndPoint(new IPAddress(bytes), int.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
