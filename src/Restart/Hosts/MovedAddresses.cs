using System.Net;

namespace Interpose.Restart.Hosts;

/// <summary>
/// Addresses that hosts had at the checkpoint and have no more: from the old one to one that the host has now. Programs
/// that have noted the old ones go on to use them (native-shim/shim/moved.c).
/// </summary>
internal sealed class MovedAddresses(IReadOnlyDictionary<string, string> present)
{
    public static MovedAddresses None { get; } = new(new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>Compares what each host had with what it has.</summary>
    /// <param name="hosts">Addresses that the processes of a host used, and those that it has now, the best first.</param>
    public static MovedAddresses Of(IEnumerable<(IReadOnlyList<string> Former, IReadOnlyList<string> Present)> hosts)
    {
        var moved = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((IReadOnlyList<string> former, IReadOnlyList<string> present) in hosts)
        {
            foreach (string old in former.Where(a => present.Count > 0 && !present.Contains(a)))
            {
                moved[old] = present[0];
            }
        }

        return new MovedAddresses(moved);
    }

    /// <summary>Adds to what earlier restarts have changed, OLD=NEW,...</summary>
    public string Extend(string earlier)
    {
        var all = new Dictionary<string, string>(present, StringComparer.Ordinal);
        foreach (string pair in earlier.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=');
            if (parts.Length == 2 && IPAddress.TryParse(parts[0], out _) && IPAddress.TryParse(parts[1], out _))
            {
                all.TryAdd(parts[0], present.GetValueOrDefault(parts[1], parts[1]));
            }
        }

        return string.Join(',', all.Where(p => p.Key != p.Value).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"));
    }
}
