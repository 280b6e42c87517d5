using System.Buffers.Binary;
using System.Text;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Restart.Tree;

namespace Interpose.Restart.Terminals;

/// <summary>
/// The terminal whose other end was outside the computation. The restored processes belong to the session of the restart
/// command and so to its terminal: what is left is to make the right process group the foreground one, to set the modes
/// that the terminal had, and to let programs find out its size. docs/terminals.md says why there is no terminal between.
/// </summary>
internal sealed class OuterTerminal
{
    private const int WindowChange = 28; // SIGWINCH
    private const int Columns = 2; // offset of ws_col

    private readonly ProcessMetadata? _user;
    private readonly int _foreground;
    private readonly bool _wasForeground;
    private readonly byte[] _size = new byte[TerminalFile.WindowSizeLength];
    private readonly string _screen = "";

    public OuterTerminal(OwnTerminal own, IReadOnlyList<TreeNode> nodes)
    {
        TreeNode? root = nodes.FirstOrDefault(n => n.IsRoot && n.Session == TreeNode.Outside && n.Process!.Terminal.Device != 0);
        if (root is null || !own.IsForeground)
        {
            return;
        }

        // Who was in the background when the picture was taken comes to the foreground, as if by `fg`.
        int saved = root.Process!.Terminal.Foreground;
        _user = root.Process;
        _wasForeground = saved != 0 && nodes.Any(n => n.Kind == NodeKind.Process && n.Process!.Identity.ProcessGroup == saved);
        if (own.WindowSize.AsSpan().SequenceEqual(root.Process.Terminal.WindowSize) && own.WindowSize is [_, _, > 1, ..])
        {
            _size = own.WindowSize;
        }

        _screen = ScreenOf(nodes, root.Process.Terminal.Device);
        bool exists = nodes.Any(n => n.Session == TreeNode.Outside && n.Group != TreeNode.Outside && n.Group == saved);
        _foreground = exists ? saved : root.Group;
    }

    /// <summary>The restart gives the terminal away, and has to take it back in the end.</summary>
    public bool IsGivenAway => _user is not null;

    /// <summary>
    /// The size that the terminal has, where it is the one that the program knows: it gets another one for as long as it takes
    /// the program to draw everything again. Otherwise zero.
    /// </summary>
    public ReadOnlySpan<byte> Size => _size;

    /// <summary>In a process, once all processes and groups are there and before any of them goes on.</summary>
    public void GiveTo(ProcessMetadata process, ProgramBuilder program)
    {
        if (process != _user)
        {
            return;
        }

        // All signals are held, so that a process in the background may do this (SIGTTOU, tcsetpgrp(3)).
        const int flags = OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal | OpenFlags.CloseOnExec;
        int fd = program.Syscall("open the terminal", SyscallNumber.Open, [program.Text("/dev/tty"), flags], keep: true);
        if (_foreground != TreeNode.Outside)
        {
            program.Syscall(
                $"process group {_foreground} in the foreground", SyscallNumber.Ioctl,
                [Argument.Slot(fd), TerminalRequest.SetForeground, program.Data(BitConverter.GetBytes(_foreground))], Expectation.Warn);
        }

        if (_wasForeground && process.Terminal.Settings.Length > 0)
        {
            program.Syscall(
                "modes of the terminal", SyscallNumber.Ioctl,
                [Argument.Slot(fd), TerminalRequest.SetSettings, program.Data(process.Terminal.Settings)], Expectation.Warn);
        }

        if (_screen.Length > 0 && _wasForeground)
        {
            byte[] text = Encoding.ASCII.GetBytes(_screen);
            program.Syscall(
                "what the program had switched on in the terminal", SyscallNumber.Write,
                [Argument.Slot(fd), program.Data(text), text.Length], Expectation.Any);
        }

        if (_size.Any(b => b != 0))
        {
            byte[] narrower = [.. _size];
            BinaryPrimitives.WriteUInt16LittleEndian(narrower.AsSpan(Columns), (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(narrower.AsSpan(Columns)) - 1));
            program.Syscall(
                "another size, for a moment", SyscallNumber.Ioctl,
                [Argument.Slot(fd), TerminalRequest.SetWindowSize, program.Data(narrower)], Expectation.Any);
        }

        program.Syscall("close the terminal", SyscallNumber.Close, [Argument.Slot(fd)]);

        // It may have another size, and it shows something else: programs that care draw everything again.
        program.Syscall("tell of the size of the terminal", SyscallNumber.Kill, [-_foreground, WindowChange], Expectation.Any);
    }

    /// <summary>Of each mode what was written last, by whatever process; the alternate screen first, for it hides the rest.</summary>
    private static string ScreenOf(IEnumerable<TreeNode> nodes, ulong device) => string.Concat(nodes
        .Where(n => n.Kind == NodeKind.Process).SelectMany(n => n.Process!.Terminal.ScreenModes)
        .Where(m => m.Device == device)
        .GroupBy(m => m.Mode).Select(g => g.MaxBy(m => m.TimeNs)!)
        .Where(m => m.IsSet != ScreenMode.IsUsuallySet(m.Mode))
        .OrderByDescending(m => m.Mode is 47 or 1047 or 1049)
        .Select(m => ScreenMode.Sequence(m.Mode, m.IsSet)));
}
