using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Options that a new socket of a kind has on this host: a restart need not set them again. With thousands of connections
/// nearly all options are such.
/// </summary>
internal static class SocketDefaults
{
    // What a restart itself changes on the way is always set: SO_REUSEADDR, RCVLOWAT, RCVTIMEO, SNDTIMEO.
    private static readonly string[] s_always = ["1:2:", "1:18:", "1:20:", "1:21:"];
    private static readonly Dictionary<(int Domain, int Type, int Protocol), HashSet<string>> s_known = [];

    /// <summary>Without those that are the same on a new one.</summary>
    public static string Without(string options, int domain, int type, int protocol)
    {
        HashSet<string> usual = Of(domain, type, protocol);
        return usual.Count == 0
            ? options
            : string.Join(' ', options.Split(' ').Where(o =>
                !usual.Contains(o) || s_always.Any(a => o.StartsWith(a, StringComparison.Ordinal))));
    }

    private static HashSet<string> Of(int domain, int type, int protocol)
    {
        if (!s_known.TryGetValue((domain, type, protocol), out HashSet<string>? usual))
        {
            long fd = Sys.Try(SyscallNumber.Socket, (ulong)domain, (ulong)(type | OpenFlags.CloseOnExec), (ulong)protocol);
            usual = fd < 0 ? [] : new HashSet<string>(SocketOptions.Read((int)fd, domain, type).Split(' '), StringComparer.Ordinal);
            if (fd >= 0)
            {
                Sys.Close((int)fd);
            }

            s_known[(domain, type, protocol)] = usual;
        }

        return usual;
    }
}
