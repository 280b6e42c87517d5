using System.Globalization;
using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>Processes outside that a process inside may wait for: children that cannot be entered, and those it has a pidfd of.</summary>
internal static class KinLeaks
{
    public static IEnumerable<Leak> Find(HostView host)
    {
        foreach (ObservedProcess process in host.Inside.Values)
        {
            foreach (int child in ChildrenOf(process.Pid).Where(pid => host.Outside.ContainsKey(pid) && !HasEnded(pid)))
            {
                yield return new Leak(process.Pid, process.Command, "a child", host.NameOf(child), "is outside and may be waited for");
            }

            foreach (ObservedFile file in process.Files.Where(static f => f.Link.Contains("pidfd", StringComparison.Ordinal)))
            {
                // "Pid:", proc_pid_fdinfo(5); 0 or -1 when it has ended or is not visible here.
                if (int.TryParse(file.Info("Pid"), NumberStyles.Integer, CultureInfo.InvariantCulture, out int pid) && host.Outside.ContainsKey(pid))
                {
                    yield return FileLeaks.Describe(host, file, $"refers to {host.NameOf(pid)}, outside", isReplaced: false);
                }
            }
        }
    }

    // Its status is kept, and comes back with the process that is to collect it.
    private static bool HasEnded(int pid) => new StatusFile($"/proc/{pid}/status")["State"] is "" or ['Z' or 'X', ..];

    private static IEnumerable<int> ChildrenOf(int pid)
    {
        List<int> threads;
        try
        {
            threads = ProcDirectory.Numbers($"/proc/{pid}/task");
        }
        catch (SyscallException)
        {
            return [];
        }

        return threads.SelectMany(tid => Sys.ReadText($"/proc/{pid}/task/{tid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(static c => int.Parse(c, CultureInfo.InvariantCulture));
    }
}
