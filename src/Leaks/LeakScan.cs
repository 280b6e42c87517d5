using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>
/// Finds everything on this host that the processes of a computation share with processes outside. Looks from outside
/// only, so it works on a computation that runs and on one that stands still. What belongs to other users cannot be
/// looked at without privilege; a connection to them is still found.
/// </summary>
public static class LeakScan
{
    /// <summary>Looks.</summary>
    /// <param name="computation">The computation.</param>
    /// <exception cref="SyscallException">/proc cannot be read.</exception>
    public static IReadOnlyList<Leak> Run(string computation)
    {
        HostView host = HostView.Take(computation);
        return host.Inside.Count == 0
            ? []
            : [.. FileLeaks.Find(host), .. SocketLeaks.Find(host), .. MappingLeaks.Find(host), .. LockLeaks.Find(host), .. KinLeaks.Find(host)];
    }

    /// <summary>A sentence that names the first few.</summary>
    public static string Describe(IReadOnlyCollection<Leak> leaks)
    {
        const int named = 8;
        string text = string.Join("; ", leaks.Take(named));
        return leaks.Count > named ? $"{text}; and {leaks.Count - named} more" : text;
    }
}
