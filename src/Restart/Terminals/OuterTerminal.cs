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

    private readonly ProcessMetadata? _user;
    private readonly int _foreground;
    private readonly bool _wasForeground;

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
        bool exists = nodes.Any(n => n.Session == TreeNode.Outside && n.Group != TreeNode.Outside && n.Group == saved);
        _foreground = exists ? saved : root.Group;
    }

    /// <summary>The restart gives the terminal away, and has to take it back in the end.</summary>
    public bool IsGivenAway => _user is not null;

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

        program.Syscall("close the terminal", SyscallNumber.Close, [Argument.Slot(fd)]);

        // It may have another size, and it shows something else: programs that care draw everything again.
        program.Syscall("tell of the size of the terminal", SyscallNumber.Kill, [-_foreground, WindowChange], Expectation.Any);
    }
}
