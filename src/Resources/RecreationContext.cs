using System.Text;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources;

/// <summary>What modules need while they compile the restart of one file.</summary>
public sealed class RecreationContext(
    ProgramBuilder program,
    ProcessMetadata process,
    IReadOnlyList<OpenFileDescription> records,
    Func<int, int> contentFd,
    Action<string> warn,
    Dictionary<string, int> shared)
{
    public ProgramBuilder Program { get; } = program;

    /// <summary>The process that is restored, or whose record of a shared description counts.</summary>
    public ProcessMetadata Process { get; } = process;

    /// <summary>What each process that has the description says of it.</summary>
    public IReadOnlyList<OpenFileDescription> Records { get; } = records;

    /// <summary>From a content object (1 + index) to the slot of a memfd that holds it.</summary>
    public Func<int, int> ContentFd { get; } = contentFd;

    /// <summary>Tells the user of a difference that the program may notice.</summary>
    public Action<string> Warn { get; } = warn;

    /// <summary>Modules leave here what descriptions that belong together share, such as the two ends of a pipe.</summary>
    public Dictionary<string, int> Shared { get; } = shared;

    /// <summary>From an fd of <see cref="Process"/>, or one in its queues, to the slot of the description.</summary>
    public Func<int, int> SlotOf { get; init; } = static _ => 0;

    /// <summary>What is known of a socket of the computation, by inode; null: it is not of the computation.</summary>
    public Func<string, OpenFileDescription?> SocketOf { get; init; } = static _ => null;

    /// <summary>Whether a process of the computation had this number.</summary>
    public Func<int, bool> IsMember { get; init; } = static _ => false;

    /// <summary>Sets the flags of a description that was made by a call which does not take them.</summary>
    public void SetFlags(int slot, OpenFileDescription file)
    {
        int flags = file.Flags & FcntlCommand.Changeable;
        if (flags != 0)
        {
            Program.Syscall(
                $"set flags of {file.Path}", SyscallNumber.Fcntl, [Argument.Slot(slot), FcntlCommand.SetFlags, flags]);
        }
    }

    /// <summary>A description of its own for content that is in a memfd, with the access mode and flags of the file.</summary>
    public int Reopen(int contentSlot, OpenFileDescription file)
    {
        // The number of the memfd is only known when the program runs: the path is put together there.
        Argument path = Program.Data(Encoding.ASCII.GetBytes("/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0\0"));
        Program.Add(
            OperationKind.Format, "name of the memfd", 0,
            [new Argument(path.Value + 14, ArgumentMode.Data), Argument.Slot(contentSlot)]);
        const int Creation = OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.Truncate;
        const int NoFollow = 0x20000; // O_NOFOLLOW; the name in /proc is a link
        int flags = file.Flags & ~Creation & ~OpenFlags.TemporaryFile & ~NoFollow;
        return Program.Syscall(
            $"reopen {file.Path}", SyscallNumber.Open, [path, flags | OpenFlags.CloseOnExec], keep: true);
    }
}
