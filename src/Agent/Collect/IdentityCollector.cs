using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>Who the process is, and what the kernel keeps for it as a whole.</summary>
internal static unsafe class IdentityCollector
{
    private const int PrGetChildSubreaper = 37, PrGetThpDisable = 42;
    private const int MembarrierGetRegistrations = 1 << 9;
    private const uint CommonRegistrations = 4 | 16 | 64; // where the kernel cannot say (before 6.3): global, private, sync core
    private const int ResourceLimits = 16;
    private const ulong PersonalityQuery = 0xffffffff;

    /// <param name="isRoot">Started by the run command itself.</param>
    /// <param name="host">Its host, as the computation knows it.</param>
    public static ProcessIdentity Identity(bool isRoot, string host)
    {
        int pid = (int)Sys.Try(SyscallNumber.Getpid);
        return new ProcessIdentity
        {
            Pid = pid,
            ParentPid = int.Parse(new StatusFile("/proc/self/status")["PPid"], CultureInfo.InvariantCulture),
            ProcessGroup = (int)Sys.Try(SyscallNumber.Getpgid),
            Session = (int)Sys.Try(SyscallNumber.Getsid),
            Host = host,
            HostName = Sys.ReadText("/proc/sys/kernel/hostname").Trim(),
            KernelRelease = Sys.ReadText("/proc/sys/kernel/osrelease").Trim(),
            Comm = Sys.ReadText("/proc/self/comm").TrimEnd('\n'),
            Executable = Sys.TryReadLink("/proc/self/exe") ?? "",
            WorkingDirectory = Sys.TryReadLink("/proc/self/cwd") ?? "/",
            Root = Sys.TryReadLink("/proc/self/root") ?? "/",
            IsRoot = isRoot,
            ExitSignal = KinCollector.ExitSignal(),
            LastPid = int.TryParse(Sys.ReadText("/proc/sys/kernel/ns_last_pid"), CultureInfo.InvariantCulture, out int last) ? last : 0,
            Arguments = Sys.ReadText("/proc/self/cmdline").TrimEnd('\0').Split('\0'),
        };
    }

    public static ProcessAttributes Attributes(uint parentDeathSignal, int dumpable)
    {
        int subreaper = 0;
        Sys.Try(SyscallNumber.Prctl, PrGetChildSubreaper, (ulong)&subreaper);
        var status = new StatusFile("/proc/self/status");
        long registrations = Sys.Try(SyscallNumber.Membarrier, MembarrierGetRegistrations);
        long nice = Sys.Try(SyscallNumber.Getpriority);
        return new ProcessAttributes
        {
            Umask = Convert.ToUInt32(status["Umask"], 8),
            Nice = nice > 0 ? 20 - (int)nice : 0, // getpriority(2), NOTES: the raw call returns 20 - nice
            Personality = (ulong)Sys.Try(SyscallNumber.Personality, PersonalityQuery),
            Dumpable = dumpable,
            NoNewPrivileges = status["NoNewPrivs"] == "1",
            ChildSubreaper = subreaper != 0,
            ParentDeathSignal = (int)parentDeathSignal,
            OomScoreAdjustment = int.TryParse(Sys.ReadText("/proc/self/oom_score_adj"), CultureInfo.InvariantCulture, out int score) ? score : 0,
            HugePagesDisabled = Sys.Try(SyscallNumber.Prctl, PrGetThpDisable) == 1,
            MembarrierRegistrations = registrations >= 0 ? (uint)registrations : CommonRegistrations,
            ResourceLimits = [.. Enumerable.Range(0, ResourceLimits).Select(Limit)],
        };
    }

    public static ClockReadings Clocks() => new()
    {
        RealtimeNs = Clock(0),
        MonotonicNs = Clock(1),
        BoottimeNs = Clock(7),
    };

    private static long Clock(int id)
    {
        long* t = stackalloc long[2];
        Sys.Try(SyscallNumber.ClockGettime, (ulong)id, (ulong)t);
        return (t[0] * 1_000_000_000) + t[1];
    }

    private static ResourceLimit Limit(int resource)
    {
        ulong* limit = stackalloc ulong[2];
        Sys.Try(SyscallNumber.Prlimit64, 0, (ulong)resource, 0, (ulong)limit);
        return new ResourceLimit { Soft = limit[0], Hard = limit[1] };
    }
}
