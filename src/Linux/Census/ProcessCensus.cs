using System.Text;

namespace Interpose.Linux.Census;

/// <summary>
/// Finds the processes of a computation by looking at all processes: those whose initial environment names it, and the
/// descendants of those and of the known ones, whatever they did to their environment.
/// </summary>
/// <param name="computation">The computation.</param>
/// <param name="known">Processes that are known to belong to it; they are not looked at, nor listed.</param>
public sealed class ProcessCensus(string computation, IReadOnlySet<int> known)
{
    /// <summary>The name by which a writer of an image is known: a copy of its process that is no part of the application.</summary>
    public const string TwinCommand = "interpose-twin";

    private const int KernelThreadParent = 2;
    private const int MaxScans = 10;
    private const int ExecLooks = 50;
    private const ulong ExecPauseMs = 1;

    private readonly byte[] _mark = Encoding.UTF8.GetBytes($"INTERPOSE_COMPUTATION={computation}\0");
    private readonly ProcReader _proc = new();

    /// <summary>The processes that are not known, by process id, without zombies, kernel threads and writers of images.</summary>
    /// <exception cref="SyscallException">/proc cannot be read.</exception>
    public IReadOnlyList<FoundProcess> Take()
    {
        // A process may have forked and ended while the scan went by, its child behind the place where the scan was. Then
        // it is missing, or a zombie that was not there before: another scan will show the child.
        var zombies = new HashSet<int>();
        for (int scan = 1; ; scan++)
        {
            Dictionary<int, ProcessStat> belonging = Scan(out bool vanished);
            int before = zombies.Count;
            zombies.UnionWith(belonging.Where(p => p.Value.IsDead).Select(p => p.Key));
            if (scan == MaxScans || (!vanished && zombies.Count == before))
            {
                return Describe(belonging);
            }
        }
    }

    private Dictionary<int, ProcessStat> Scan(out bool vanished)
    {
        vanished = false;
        var belonging = new Dictionary<int, ProcessStat>();
        var others = new Dictionary<int, ProcessStat>();
        foreach (int pid in ProcDirectory.Numbers("/proc"))
        {
            if (pid == KernelThreadParent || known.Contains(pid))
            {
                continue;
            }

            if (!TryStat(pid, out ProcessStat stat))
            {
                vanished = true;
            }
            else if (!stat.IsKernelThread && stat.Command != TwinCommand)
            {
                (IsMarked(pid, ref stat) ? belonging : others).Add(pid, stat);
            }
        }

        AddDescendants(belonging, others);
        return belonging;
    }

    private bool TryStat(int pid, out ProcessStat stat)
    {
        stat = default;
        return _proc.Read(pid, "stat", int.MaxValue, out ReadOnlySpan<byte> text) > 0 && ProcessStat.TryParse(text, out stat);
    }

    private bool IsMarked(int pid, ref ProcessStat stat)
    {
        for (int look = 0; ; look++)
        {
            if (stat.IsDead || _proc.Read(pid, "environ", int.MaxValue, out ReadOnlySpan<byte> environment) < 0)
            {
                // Of another user, or it has ended.
                return false;
            }

            if (!environment.IsEmpty)
            {
                return IsMarked(environment);
            }

            // Empty, but not because it has none: inside execve, between the new memory and the new environment.
            if (stat.EnvironmentStart != 0 || look == ExecLooks || known.Contains(stat.ParentPid))
            {
                return false;
            }

            Sys.Try(SyscallNumber.Poll, 0, 0, ExecPauseMs);
            if (!TryStat(pid, out stat))
            {
                return false;
            }
        }
    }

    private bool IsMarked(ReadOnlySpan<byte> environment)
    {
        for (int from = 0; ;)
        {
            int at = environment[from..].IndexOf(_mark);
            if (at < 0)
            {
                return false;
            }

            if (from + at == 0 || environment[from + at - 1] == 0)
            {
                return true;
            }

            from += at + 1;
        }
    }

    private void AddDescendants(Dictionary<int, ProcessStat> belonging, Dictionary<int, ProcessStat> others)
    {
        // Usually a child has a higher number than its parent, so one pass finds nearly all.
        for (bool found = true; found;)
        {
            found = false;
            foreach ((int pid, ProcessStat stat) in others)
            {
                if (known.Contains(stat.ParentPid) || belonging.ContainsKey(stat.ParentPid))
                {
                    belonging.Add(pid, stat);
                    others.Remove(pid);
                    found = true;
                }
            }
        }
    }

    private List<FoundProcess> Describe(Dictionary<int, ProcessStat> belonging)
    {
        var presence = new ShimPresence(_proc);
        var found = new List<FoundProcess>();
        foreach ((int pid, ProcessStat stat) in belonging.OrderBy(p => p.Key))
        {
            if (!stat.IsDead)
            {
                string? whyNot = presence.WhyNot(pid, stat)
                    ?? (stat.IsTraced ? "a debugger holds it (ptrace); let it end the program or detach from it" : null);
                string stopped = stat.IsStopped ? "it is stopped; continue it with SIGCONT" : string.Empty;
                found.Add(new FoundProcess(pid, stat.ParentPid, stat.Command, whyNot is null, stat.IsStopped, whyNot ?? stopped));
            }
        }

        return found;
    }
}
