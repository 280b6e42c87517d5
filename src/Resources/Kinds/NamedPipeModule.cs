using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>
/// fifo(7): opened again by its path, with what was unread in it. One that has no name any more gets one for
/// a moment.
/// </summary>
public sealed class NamedPipeModule : ResourceModule
{
    private const string Capacity = "capacity";
    private const string Packets = "packets";
    private const string Hangup = "hangup";
    private const int Creation = OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.Truncate;
    private const uint PermissionBits = 0xfff;
    private const uint FifoType = 0x1000; // S_IFIFO
    private const int LongestPipe = 1 << 20; // /proc/sys/fs/pipe-max-size without privilege

    public override OpenFileKind Kind => OpenFileKind.NamedPipe;

    public override bool Claims(DescriptorFacts facts) =>
        facts.Status.IsPipe && facts.Target.StartsWith('/') && (facts.Flags & OpenFlags.PathOnly) == 0;

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        using var own = new BorrowedDescriptor(facts.Fd);
        long capacity = Sys.Try(SyscallNumber.Fcntl, (ulong)own.Fd, FcntlCommand.GetPipeSize);
        PipeContent content = (facts.Flags & OpenFlags.AccessMode) != OpenFlags.WriteOnly
            ? PipeContent.Read(own.Fd, capacity, facts.Path)
            : PipeContent.Empty;
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Capacity] = capacity.ToString(CultureInfo.InvariantCulture),
            [Packets] = content.PacketText,
            [Hangup] = HasHangup(own.Fd) ? "1" : "0",
        };
        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: content.Bytes);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        string key = $"fifo:{file.Device}:{file.Inode}";
        if (!context.Shared.TryGetValue(key, out int reader))
        {
            reader = context.Shared[key] = OpenReader(file, context);
        }

        bool fill = file.Payload.Length > 0 && context.Shared.TryAdd(key + ":filled", reader);
        int writer = fill || file.Extra.GetValueOrDefault(Hangup) == "1" ? Open(reader, file.Path, OpenFlags.WriteOnly, context) : 0;
        if (fill)
        {
            PipeContent.From(file.Payload, file.Extra.GetValueOrDefault(Packets, "")).Write($"FIFO {file.Path}", writer, context.Program);
        }

        // The kernel tells a reader of a hangup only when there has been a writer since it opened the FIFO.
        if (fill && file.Extra.GetValueOrDefault(Hangup) != "1")
        {
            Close(writer, context.Program);
            writer = 0;
        }

        // Packet mode cannot be asked for when a FIFO is opened.
        int slot = Open(reader, file.Path, file.Flags & ~Creation & ~PipeContent.PacketMode, context);
        if (writer != 0)
        {
            Close(writer, context.Program);
        }

        context.Program.Syscall(
            $"set flags of {file.Path}", SyscallNumber.Fcntl,
            [Argument.Slot(slot), FcntlCommand.SetFlags, file.Flags & FcntlCommand.Changeable]);
        return slot;
    }

    /// <summary>Keeps the FIFO and what is in it, while descriptions are opened one by one.</summary>
    private static int OpenReader(OpenFileDescription file, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        int both = file.Deleted ? Nameless(file, context) : Named(file, context);
        if (long.TryParse(file.Extra.GetValueOrDefault(Capacity), out long capacity) && capacity > 0)
        {
            program.Syscall(
                $"set the size of FIFO {file.Path}", SyscallNumber.Fcntl,
                [Argument.Slot(both), FcntlCommand.SetPipeSize, capacity], Expectation.Warn);
        }

        int reader = Open(both, file.Path, OpenFlags.ReadOnly, context);
        Close(both, program);
        return reader;
    }

    /// <summary>A description of its own; not waiting for another end (fifo(7)), which may be opened later.</summary>
    private static int Open(int slot, string path, int flags, RecreationContext context) =>
        context.Reopen(slot, new OpenFileDescription { Path = path, Flags = flags | OpenFlags.NonBlocking });

    private static void Close(int slot, ProgramBuilder program) =>
        program.Syscall("close what is not needed any more", SyscallNumber.Close, [Argument.Slot(slot)]);

    private static int Named(OpenFileDescription file, RecreationContext context)
    {
        long outcome = FileStatus.TryOf(file.Path, out FileStatus now);
        if (outcome < 0 || !now.IsPipe)
        {
            context.Warn(outcome < 0
                ? $"the FIFO {file.Path} is gone; it is made again"
                : $"{file.Path} is not a FIFO any more; the restart fails unless it is removed");
            Make(file.Path, file, context.Program);
        }

        ProgramBuilder program = context.Program;
        int both = OpenBoth(file.Path, program);

        // Somebody outside may have kept it open, and in it what the image has as well.
        int memory = program.Syscall("memory", SyscallNumber.Mmap, [0, LongestPipe, 3, 0x22, -1, 0], keep: true);
        program.Syscall(
            $"empty FIFO {file.Path}", SyscallNumber.Read, [Argument.Slot(both), Argument.Slot(memory), LongestPipe], Expectation.Any);
        program.Syscall("release memory", SyscallNumber.Munmap, [Argument.Slot(memory), LongestPipe]);
        return both;
    }

    /// <summary>Made beside the place where it was, and removed again.</summary>
    private static int Nameless(OpenFileDescription file, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        string directory = Path.GetDirectoryName(file.Path) ?? "/";
        string path = FileStatus.TryOf(directory, out FileStatus status) >= 0 && status.IsDirectory ? file.Path : $"/tmp/{Path.GetFileName(file.Path)}";
        if (FileStatus.TryOfLink(path, out _) >= 0)
        {
            path = string.Create(CultureInfo.InvariantCulture, $"{path}.{context.Process.Identity.Pid}.{file.Inode}");
        }

        Make(path, file, program);
        int both = OpenBoth(path, program);
        program.Syscall($"remove FIFO {path}", SyscallNumber.Unlink, [program.Text(path)]);
        return both;
    }

    private static void Make(string path, OpenFileDescription file, ProgramBuilder program) =>
        program.Syscall($"make FIFO {path}", SyscallNumber.Mknod, [program.Text(path), FifoType | (file.Mode & PermissionBits), 0]);

    /// <summary>Reading and writing at once never waits (fifo(7)).</summary>
    private static int OpenBoth(string path, ProgramBuilder program) => program.Syscall(
        $"open FIFO {path}", SyscallNumber.Open,
        [program.Text(path), OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.CloseOnExec], keep: true);

    private static unsafe bool HasHangup(int fd)
    {
        const int pollHangup = 16;
        int* request = stackalloc int[2];
        request[0] = fd;
        request[1] = 0;
        Sys.Try(SyscallNumber.Poll, (ulong)request, 1, 0);
        return (request[1] >> 16 & pollHangup) != 0;
    }
}
