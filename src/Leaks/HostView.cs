using Interpose.Linux;
using Interpose.Linux.Census;

namespace Interpose.Leaks;

/// <summary>The processes of this host, divided by whether they belong to the computation.</summary>
internal sealed class HostView
{
    private readonly Dictionary<int, ObservedProcess> _inside = [];
    private readonly Dictionary<int, ObservedProcess> _outside = [];

    private HostView()
    {
    }

    /// <summary>Those of the computation, by process id.</summary>
    public IReadOnlyDictionary<int, ObservedProcess> Inside => _inside;

    /// <summary>All others that may be looked at, but for Interpose's own.</summary>
    public IReadOnlyDictionary<int, ObservedProcess> Outside => _outside;

    /// <summary>Looks at every process of the host.</summary>
    /// <param name="computation">The computation.</param>
    /// <exception cref="SyscallException">/proc cannot be read.</exception>
    public static HostView Take(string computation)
    {
        var view = new HostView();
        int self = Environment.ProcessId;
        string? tool = Sys.TryReadLink("/proc/self/exe");
        Dictionary<int, string> members = Members(computation, self);
        foreach (int pid in ProcDirectory.Numbers("/proc"))
        {
            // The commands and the coordinator hold what they were started with; a twin is a copy of a member.
            bool isMember = members.ContainsKey(pid);
            if (pid == self || (!isMember && IsOurs(pid, tool)))
            {
                continue;
            }

            if (Files(pid) is { } files)
            {
                string command = members.GetValueOrDefault(pid) ?? Sys.ReadText($"/proc/{pid}/comm").TrimEnd('\n');
                (isMember ? view._inside : view._outside).Add(pid, new ObservedProcess(pid, command, files));
            }
        }

        // While it runs, members are born that the first look did not show, and others end.
        Dictionary<int, string> after = view._inside.Count == 0 ? members : Members(computation, self);
        foreach (ObservedProcess process in view._outside.Values.ToArray())
        {
            if (after.ContainsKey(process.Pid) || FileStatus.TryOf($"/proc/{process.Pid}", out _) < 0)
            {
                view._outside.Remove(process.Pid);
            }
        }

        return view;
    }

    /// <summary>How messages name a process outside.</summary>
    public string NameOf(int pid) =>
        _outside.TryGetValue(pid, out ObservedProcess? process) ? process.Name : $"pid {pid} ({Sys.ReadText($"/proc/{pid}/comm").TrimEnd('\n')})";

    private static Dictionary<int, string> Members(string computation, int self) =>
        new ProcessCensus(computation, new HashSet<int> { self }).Take()
            .Where(static p => p.CanBeEntered).ToDictionary(static p => p.Pid, static p => p.Command);

    private static bool IsOurs(int pid, string? tool)
    {
        const string restorer = "interpose-resto"; // comm(5) holds 15 characters
        string command = Sys.ReadText($"/proc/{pid}/comm").TrimEnd('\n');
        return command is ProcessCensus.TwinCommand or restorer || (tool is not null && Sys.TryReadLink($"/proc/{pid}/exe") == tool);
    }

    /// <summary>Null: it has ended, or may not be looked at.</summary>
    private static List<ObservedFile>? Files(int pid)
    {
        List<int> numbers;
        try
        {
            numbers = ProcDirectory.Numbers($"/proc/{pid}/fd");
        }
        catch (SyscallException)
        {
            return null;
        }

        var files = new List<ObservedFile>(numbers.Count);
        foreach (int fd in numbers)
        {
            if (Sys.TryReadLink($"/proc/{pid}/fd/{fd}") is { } link)
            {
                files.Add(new ObservedFile(pid, fd, link));
            }
        }

        return files;
    }
}
