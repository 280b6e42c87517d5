using System.Globalization;
using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;
using Interpose.Restart.Terminals;

namespace Interpose.Restart;

/// <summary>What the compiler has to know of the machine it restarts on.</summary>
internal sealed unsafe class HostFacts
{
    private const int CheckpointRestoreCapability = 40; // CAP_CHECKPOINT_RESTORE, linux/capability.h
    private const int SysAdminCapability = 21;
    private const int RestoreTimerIds = 77; // PR_TIMER_CREATE_RESTORE_IDS, linux/prctl.h

    private HostFacts()
    {
    }

    /// <summary>Lengths of [vvar], [vvar_vclock] and [vdso]; 0 where the kernel has none.</summary>
    public required ulong[] VdsoLengths { get; init; }

    public required uint VdsoCrc { get; init; }

    /// <summary>The caller may choose pids in its pid namespace and create namespaces without one for users.</summary>
    public required bool IsPrivileged { get; init; }

    /// <summary>Monotonic and boot time of the initial time namespace, ns.</summary>
    public required long HostMonotonicNs { get; init; }

    public required long HostBoottimeNs { get; init; }

    /// <summary>timer_create can be told the id (Linux 6.15).</summary>
    public required bool HasTimerIds { get; init; }

    public required string HostName { get; init; }

    /// <summary>Who restarts.</summary>
    public required ProcessCredentials Credentials { get; init; }

    /// <summary>The terminal of the restart command.</summary>
    public OwnTerminal Terminal { get; init; } = OwnTerminal.None;

    /// <param name="useTerminal">Whatever terminal the command has goes to the restored program.</param>
    public static HostFacts Read(bool useTerminal = true)
    {
        List<MapEntry> map = MemoryMap.ReadOwn();
        MapEntry? vdso = map.Find(e => e.Name == "[vdso]");
        ulong capabilities = ulong.Parse(
            new StatusFile("/proc/self/status")["CapEff"], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        (long monotonic, long boottime) = TimeOffsets();
        const int get = 2;
        return new HostFacts
        {
            VdsoLengths = [Length(map, "[vvar]"), Length(map, "[vvar_vclock]"), vdso?.Length ?? 0],
            VdsoCrc = vdso is null ? 0 : Crc32C.Compute(new ReadOnlySpan<byte>((void*)vdso.Start, (int)vdso.Length)),
            IsPrivileged = (capabilities >> CheckpointRestoreCapability & 1) != 0 && (capabilities >> SysAdminCapability & 1) != 0,
            HostMonotonicNs = Clock(1) - monotonic,
            HostBoottimeNs = Clock(7) - boottime,
            HasTimerIds = Sys.Try(SyscallNumber.Prctl, RestoreTimerIds, get) >= 0,
            Credentials = OwnCredentials.Read(),
            Terminal = useTerminal ? OwnTerminal.Read() : OwnTerminal.None,
            HostName = Sys.ReadText("/proc/sys/kernel/hostname").Trim(),
        };
    }

    private static ulong Length(List<MapEntry> map, string name) => map.Find(e => e.Name == name)?.Length ?? 0;

    /// <summary>Offsets of the time namespace we are in (time_namespaces(7)).</summary>
    private static (long Monotonic, long Boottime) TimeOffsets()
    {
        long monotonic = 0, boottime = 0;
        foreach (string line in Sys.ReadText("/proc/self/timens_offsets").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            long offset = (long.Parse(words[1], CultureInfo.InvariantCulture) * 1_000_000_000)
                + long.Parse(words[2], CultureInfo.InvariantCulture);
            if (words[0] is "monotonic" or "1")
            {
                monotonic = offset;
            }
            else
            {
                boottime = offset;
            }
        }

        return (monotonic, boottime);
    }

    private static long Clock(int id)
    {
        long* t = stackalloc long[2];
        Sys.Try(SyscallNumber.ClockGettime, (ulong)id, (ulong)t);
        return (t[0] * 1_000_000_000) + t[1];
    }
}
