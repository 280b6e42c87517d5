using System.Globalization;
using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>Locks of files that one side holds and the other waits for (proc_locks(5)).</summary>
internal static class LockLeaks
{
    // "1: POSIX  ADVISORY  WRITE 3568 fd:00:2531452 0 EOF", and "1: -> POSIX ..." for one that waits for number 1.
    private const int KindField = 1, PidField = 4, FileField = 5;
    private const string Waiting = "->";

    public static IEnumerable<Leak> Find(HostView host)
    {
        var holders = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string line in Sys.ReadText("/proc/locks").Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool waits = fields.Length > KindField && fields[KindField] == Waiting;
            string[] values = waits ? [fields[0], .. fields.Skip(KindField + 1)] : fields;
            if (values.Length <= FileField || !int.TryParse(values[PidField], NumberStyles.Integer, CultureInfo.InvariantCulture, out int pid))
            {
                continue;
            }

            if (!waits)
            {
                holders[values[0]] = pid;
            }
            else if (holders.TryGetValue(values[0], out int holder))
            {
                string name = $"{values[KindField]} lock on {values[FileField]}";
                if (host.Inside.TryGetValue(holder, out ObservedProcess? own) && !host.Inside.ContainsKey(pid))
                {
                    yield return new Leak(holder, own.Command, "a file", name, $"is waited for by {host.NameOf(pid)}");
                }
                else if (host.Inside.TryGetValue(pid, out own) && !host.Inside.ContainsKey(holder))
                {
                    yield return new Leak(pid, own.Command, "a wait", name, $"is held by {host.NameOf(holder)}");
                }
            }
        }
    }
}
