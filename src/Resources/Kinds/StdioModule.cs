using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>
/// Terminals, and the pipes and sockets to the outside on fd 0, 1 and 2: a restart puts its own standard input, output
/// and error in their place.
/// </summary>
public sealed class StdioModule : ResourceModule
{
    private const string Number = "stdio";
    private const string ControllingTerminal = "/dev/tty";
    private const string OpenedByProgram = "opened";

    public override OpenFileKind Kind => OpenFileKind.Stdio;

    public override bool Claims(DescriptorFacts facts) =>
        IsTerminal(facts) || (facts.Fd <= 2 && (facts.Status.IsPipe || facts.Status.IsSocket));

    /// <summary>
    /// A pipe between two processes of the computation is its own business, whatever its number, and so is a pipe whose
    /// other end nobody has any more.
    /// </summary>
    public override bool Claims(DescriptorFacts facts, DiscoveryContext context) => Claims(facts)
        && !(facts.Status.IsPipe && (PipeModule.HasOtherEndInside(facts, context) || !PipeModule.HasOtherEndOutside(facts)))
        && !(facts.Status.IsSocket && SocketModule.HasOtherEndInside(facts, context));

    public override OpenFileDescription DescribeShared(DescriptorFacts facts, DiscoveryContext context) => Describe(facts, context);

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        // A terminal that is open at other numbers too (bash keeps one at 255) is the same for all of them.
        int stdio = facts.Fd <= 2 ? facts.Fd : facts.IsWritable ? 1 : 0;
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Number] = stdio.ToString(CultureInfo.InvariantCulture),
        };
        if (facts.Fd > 2 && IsTerminal(facts))
        {
            extra[OpenedByProgram] = "1";
        }

        return DiscoveryContext.Common(facts, Kind, extra: extra);
    }

    /// <summary>Which of the restart command's standard streams takes the place of a file (0 to 2); -1: another kind of file.</summary>
    public static int StreamOf(OpenFileDescription file) => file.Kind != OpenFileKind.Stdio ? -1
        : int.TryParse(file.Extra.GetValueOrDefault(Number), out int n) && n is >= 0 and <= 2 ? n : 0;

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        int stdio = StreamOf(file);
        if (file.Extra.ContainsKey(OpenedByProgram) && HasTerminal())
        {
            // A description of its own, with flags of its own (O_NONBLOCK), and not the shell's.
            const int kept = OpenFlags.AccessMode | OpenFlags.NonBlocking | OpenFlags.Append;
            return context.Program.Syscall(
                $"open the terminal for {file.Path}", SyscallNumber.Open,
                [context.Program.Text(ControllingTerminal), (file.Flags & kept) | OpenFlags.NoControllingTerminal | OpenFlags.CloseOnExec], keep: true);
        }

        return context.Program.Syscall($"take over fd {stdio} of the restart command", SyscallNumber.Dup, [stdio], keep: true);
    }

    private static bool HasTerminal()
    {
        long fd = Sys.TryOpen(ControllingTerminal, OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal | OpenFlags.CloseOnExec);
        if (fd >= 0)
        {
            Sys.Close((int)fd);
        }

        return fd >= 0;
    }

    /// <summary>A terminal: majors 4 and 5 (consoles, /dev/tty), 136 to 143 (pseudoterminals).</summary>
    private static bool IsTerminal(DescriptorFacts facts)
    {
        ulong major = (facts.Status.DeviceNumber >> 8) & 0xfff;
        bool master = major == 5 && (facts.Status.DeviceNumber & 0xff) == 2;
        return facts.Status.IsCharacterDevice && major is 4 or 5 or (>= 136 and <= 143) && !master;
    }

}
