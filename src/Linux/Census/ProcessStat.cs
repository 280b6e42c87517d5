using System.Buffers.Text;
using System.Text;

namespace Interpose.Linux.Census;

/// <summary>What /proc/PID/stat says of a process (proc_pid_stat(5)).</summary>
/// <param name="Command">Short command name (comm).</param>
/// <param name="State">R, S, D, T and so on.</param>
/// <param name="ParentPid">Process id of the parent.</param>
/// <param name="Flags">Flags of the kernel, PF_* in include/linux/sched.h.</param>
/// <param name="EnvironmentStart">Address of the initial environment; 0 where it is not set yet, or may not be known.</param>
internal readonly record struct ProcessStat(
    string Command, char State, int ParentPid, uint Flags, ulong EnvironmentStart)
{
    private const uint KernelThread = 0x00200000; // PF_KTHREAD

    // Positions behind the command, from 0.
    private const int ParentField = 1;
    private const int FlagsField = 6;
    private const int EnvironmentField = 47;

    /// <summary>It runs no program at all.</summary>
    public bool IsKernelThread => (Flags & KernelThread) != 0;

    /// <summary>It has ended.</summary>
    public bool IsDead => State is 'Z' or 'X' or 'x';

    /// <summary>A signal or a debugger has stopped it.</summary>
    public bool IsStopped => State is 'T' or 't';

    /// <summary>It stands still because a debugger holds it (ptrace(2)); no signal continues it.</summary>
    public bool IsTraced => State == 't';

    /// <summary>Reads the line; false when it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ProcessStat stat)
    {
        stat = default;

        // The command may hold anything, so its end is searched from the end of the line.
        int open = text.IndexOf((byte)'('), close = text.LastIndexOf((byte)')');
        if (open < 0 || close < open || close + 2 >= text.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = text[(close + 2)..];
        char state = (char)rest[0];
        ulong parent = 0, flags = 0, environment = 0;
        for (int field = 0; field <= EnvironmentField && !rest.IsEmpty; field++)
        {
            int space = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> value = space < 0 ? rest : rest[..space];
            rest = space < 0 ? [] : rest[(space + 1)..];
            switch (field)
            {
                case ParentField when !Utf8Parser.TryParse(value, out parent, out _):
                case FlagsField when !Utf8Parser.TryParse(value, out flags, out _):
                case EnvironmentField when !Utf8Parser.TryParse(value, out environment, out _):
                    return false;
                default:
                    break;
            }
        }

        stat = new(Encoding.UTF8.GetString(text[(open + 1)..close]), state, (int)parent, (uint)flags, environment);
        return true;
    }
}
