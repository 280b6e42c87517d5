using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>Pipes, FIFOs, sockets, terminals, eventfds and offsets of files that are open inside and outside.</summary>
internal static class FileLeaks
{
    private const int LastStandardFd = 2;

    public static IEnumerable<Leak> Find(HostView host)
    {
        var first = new Dictionary<string, ObservedFile>(StringComparer.Ordinal);
        var regular = new Dictionary<string, List<ObservedFile>>(StringComparer.Ordinal);
        var links = new HashSet<string>(StringComparer.Ordinal);
        foreach (ObservedFile file in host.Inside.OrderBy(static p => p.Key).SelectMany(static p => p.Value.Files))
        {
            if (ObjectKey.Of(file) is { } key)
            {
                first.TryAdd(key, file);
                links.Add(file.Link);
            }
            else if (file.Link.StartsWith('/') && !file.Link.StartsWith("/dev/", StringComparison.Ordinal))
            {
                (regular.TryGetValue(file.Link, out List<ObservedFile>? same) ? same : regular[file.Link] = []).Add(file);
            }
        }

        var holders = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        foreach (ObservedFile file in host.Outside.Values.SelectMany(static p => p.Files))
        {
            if (links.Contains(file.Link) && ObjectKey.Of(file) is { } key && first.ContainsKey(key))
            {
                List<int> pids = holders.TryGetValue(key, out List<int>? known) ? known : holders[key] = [];
                if (pids.Count == 0 || pids[^1] != file.Pid)
                {
                    pids.Add(file.Pid);
                }
            }
            else if (regular.TryGetValue(file.Link, out List<ObservedFile>? same) && same.FirstOrDefault(f => IsSameDescription(f, file)) is { Link: not null } inside)
            {
                yield return Describe(host, inside, $"shares its offset with fd {file.Fd} of {host.NameOf(file.Pid)}", isReplaced: false);
            }
        }

        foreach ((string key, List<int> pids) in holders.OrderBy(h => first[h.Key].Pid).ThenBy(h => first[h.Key].Fd))
        {
            ObservedFile inside = first[key];
            string others = pids.Count > 1 ? $" and {pids.Count - 1} more" : string.Empty;
            yield return Describe(
                host, inside, $"is also open in {host.NameOf(pids[0])}{others}", ObjectKey.IsTerminal(inside.Link) || inside.Fd <= LastStandardFd);
        }
    }

    /// <summary>A leak by way of a file descriptor.</summary>
    public static Leak Describe(HostView host, ObservedFile file, string relation, bool isReplaced) =>
        new(file.Pid, host.Inside[file.Pid].Command, $"fd {file.Fd}", file.Link, relation, isReplaced);

    // kcmp(2): 0, the same; it may be denied, and then the offset cannot be said to be shared.
    private static bool IsSameDescription(ObservedFile a, ObservedFile b)
    {
        const int file = 0;
        return Sys.Try(SyscallNumber.Kcmp, (ulong)a.Pid, (ulong)b.Pid, file, (ulong)a.Fd, (ulong)b.Fd) == 0;
    }
}
