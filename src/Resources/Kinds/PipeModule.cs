using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Resources.Sharing;

namespace Interpose.Resources.Kinds;

/// <summary>Pipes with both ends in the computation, with what is unread in them.</summary>
public sealed class PipeModule : ResourceModule
{
    private const string Capacity = "capacity";
    private const string Packets = "packets";
    private const int PacketMode = 0x4000; // O_DIRECT
    private const string Outside = "outside";

    public override OpenFileKind Kind => OpenFileKind.Pipe;

    public override bool Claims(DescriptorFacts facts) =>
        facts.Status.IsPipe && facts.Target.StartsWith("pipe:", StringComparison.Ordinal);

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        bool otherEnd = HasOtherEndInside(facts, context);
        using var pipe = new BorrowedDescriptor(facts.Fd);
        long capacity = Sys.Try(SyscallNumber.Fcntl, (ulong)pipe.Fd, FcntlCommand.GetPipeSize);
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Capacity] = capacity.ToString(CultureInfo.InvariantCulture),
            [Outside] = !otherEnd && HasOtherEndOutside(pipe) ? "1" : "0",
        };
        var packets = new List<int>();
        byte[] unread = IsFirstReader(facts, context) ? Unread(facts, pipe, capacity, packets) : [];
        if (packets.Count > 1)
        {
            extra[Packets] = string.Join(',', packets);
        }

        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: unread);
    }

    internal static bool HasOtherEndInside(DescriptorFacts facts, DiscoveryContext context)
    {
        PipeEnd own = PipeEnd.Of(facts);
        return Ends(facts, context).Any(e => own.CanWrite ? e.End.CanRead : e.End.CanWrite);
    }

    /// <summary>What is unread is saved once, by the reader with the lowest pid and fd.</summary>
    private static bool IsFirstReader(DescriptorFacts facts, DiscoveryContext context) =>
        PipeEnd.Of(facts).CanRead
        && !Ends(facts, context).Any(e => e.End.CanRead && (e.Pid, e.End.Fd).CompareTo((context.Pid, facts.Fd)) < 0);

    /// <summary>All ends of the pipe that the computation holds.</summary>
    private static IEnumerable<(int Pid, PipeEnd End)> Ends(DescriptorFacts facts, DiscoveryContext context) =>
        context.All.Where(o => o.Status.IsPipe && o.Status.Inode == facts.Status.Inode && o.Status.Device == facts.Status.Device)
            .Select(o => (context.Pid, PipeEnd.Of(o)))
            .Concat(context.Peers.Of(SharedInventory.PipeKey(facts)).Select(p => (p.Pid, PipeEnd.FromValue(p.Value))));

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        if (file.Extra.GetValueOrDefault(Outside) == "1")
        {
            context.Warn($"{file.Path} led to a process outside, which is not restored: the program finds its other end closed");
        }

        string key = $"pipe:{file.Inode}";
        if (!context.Shared.TryGetValue(key, out int read))
        {
            Argument ends = program.Data(new byte[8]);
            program.Syscall($"create pipe {file.Path}", SyscallNumber.Pipe2, [ends, OpenFlags.CloseOnExec]);
            read = program.Add(OperationKind.Fetch, "read end", 4, [ends], keep: true);
            int write = program.Add(
                OperationKind.Fetch, "write end", 4, [new Argument(ends.Value + 4, ArgumentMode.Data)], keep: true);
            context.Shared[key] = read;
            context.Shared[key + ":write"] = write;
            if (long.TryParse(file.Extra.GetValueOrDefault(Capacity), out long capacity) && capacity > 0)
            {
                program.Syscall(
                    $"set the size of pipe {file.Path}", SyscallNumber.Fcntl,
                    [Argument.Slot(read), FcntlCommand.SetPipeSize, capacity], Expectation.Warn);
            }
        }

        bool writable = (file.Flags & OpenFlags.AccessMode) != OpenFlags.ReadOnly;
        int slot = writable ? context.Shared[key + ":write"] : read;
        context.SetFlags(slot, file);
        Refill(file, context.Shared[key + ":write"], program);
        return slot;
    }

    /// <summary>Each packet of a pipe in packet mode (pipe(2), O_DIRECT) with a write of its own.</summary>
    private static void Refill(OpenFileDescription file, int slot, ProgramBuilder program)
    {
        string packets = file.Extra.GetValueOrDefault(Packets, "");
        int[] lengths = packets.Length == 0
            ? [file.Payload.Length]
            : [.. packets.Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
        if (packets.Length > 0)
        {
            program.Syscall("packet mode", SyscallNumber.Fcntl, [Argument.Slot(slot), FcntlCommand.SetFlags, PacketMode]);
        }

        int at = 0;
        foreach (int length in lengths.Where(l => l > 0))
        {
            program.Syscall(
                $"refill pipe {file.Path}", SyscallNumber.Write,
                [Argument.Slot(slot), program.Bulk(file.Payload.AsMemory(at, length)), length], Expectation.Value, length);
            at += length;
        }
    }

    /// <summary>
    /// Whether anybody has the other end of a pipe that no process of the computation has. The kernel wakes a poll on a
    /// pipe whose other end is closed everywhere (poll(2): POLLHUP, POLLERR).
    /// </summary>
    internal static bool HasOtherEndOutside(DescriptorFacts facts)
    {
        using var pipe = new BorrowedDescriptor(facts.Fd);
        return HasOtherEndOutside(pipe);
    }

    private static unsafe bool HasOtherEndOutside(BorrowedDescriptor pipe)
    {
        const int PollError = 8, PollHangup = 16;
        int* request = stackalloc int[2];
        request[0] = pipe.Fd;
        request[1] = 0;
        Sys.Try(SyscallNumber.Poll, (ulong)request, 1, 0);
        return (request[1] >> 16 & (PollError | PollHangup)) == 0;
    }

    /// <summary>Copies what is unread without consuming it (tee(2)).</summary>
    private static unsafe byte[] Unread(
        DescriptorFacts facts, BorrowedDescriptor pipe, long capacity, List<int> packets)
    {
        const int Fionread = 0x541B;
        const int NonBlocking = 2; // SPLICE_F_NONBLOCK
        int waiting = 0;
        Sys.Try(SyscallNumber.Ioctl, (ulong)pipe.Fd, Fionread, (ulong)&waiting);
        if (waiting <= 0)
        {
            return [];
        }

        int* ends = stackalloc int[2];
        Sys.Call(facts.Target, SyscallNumber.Pipe2, (ulong)ends, OpenFlags.CloseOnExec);
        try
        {
            Sys.Try(SyscallNumber.Fcntl, (ulong)ends[1], FcntlCommand.SetPipeSize, (ulong)capacity);
            Sys.Call(facts.Target, SyscallNumber.Tee, (ulong)pipe.Fd, (ulong)ends[1], (ulong)waiting, NonBlocking);
            byte[] bytes = new byte[waiting];
            int have = 0;
            while (have < waiting)
            {
                Sys.Try(SyscallNumber.Ioctl, (ulong)ends[0], Fionread, (ulong)&waiting);
                long n = waiting == 0 ? 0 : Sys.TryRead(ends[0], bytes.AsSpan(have));
                if (n <= 0)
                {
                    break;
                }

                have += (int)n;
                packets.Add((int)n);
                waiting = bytes.Length;
            }

            return have == bytes.Length
                ? bytes
                : throw new UnsupportedResourceException($"fd {facts.Fd}: only {have} of {bytes.Length} bytes in {facts.Target} could be read");
        }
        finally
        {
            Sys.Close(ends[0]);
            Sys.Close(ends[1]);
        }
    }
}
