using System.Globalization;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>What is unread in a pipe: looked at without consuming it, and written again.</summary>
/// <param name="Bytes">All of it.</param>
/// <param name="Packets">Lengths of the packets (pipe(2), O_DIRECT); one, or none, when it is a stream.</param>
internal sealed record PipeContent(byte[] Bytes, IReadOnlyList<int> Packets)
{
    public const int PacketMode = 0x4000; // O_DIRECT
    private const int Fionread = 0x541B;
    private const int NonBlocking = 2; // SPLICE_F_NONBLOCK

    public static PipeContent Empty { get; } = new([], []);

    public string PacketText => Packets.Count > 1 ? string.Join(',', Packets) : "";

    /// <param name="fd">In the agent's own table, open for reading.</param>
    /// <param name="name">For messages.</param>
    public static unsafe PipeContent Read(int fd, long capacity, string name)
    {
        int waiting = Waiting(fd);
        if (waiting <= 0)
        {
            return Empty;
        }

        int* ends = stackalloc int[2];
        Sys.Call(name, SyscallNumber.Pipe2, (ulong)ends, OpenFlags.CloseOnExec);
        try
        {
            Sys.Try(SyscallNumber.Fcntl, (ulong)ends[1], FcntlCommand.SetPipeSize, (ulong)capacity);
            Sys.Call(name, SyscallNumber.Tee, (ulong)fd, (ulong)ends[1], (ulong)waiting, NonBlocking);
            byte[] bytes = new byte[waiting];
            var packets = new List<int>();
            int have = 0;
            while (have < bytes.Length && Waiting(ends[0]) > 0)
            {
                long n = Sys.TryRead(ends[0], bytes.AsSpan(have));
                if (n <= 0)
                {
                    break;
                }

                have += (int)n;
                packets.Add((int)n);
            }

            return have == bytes.Length
                ? new PipeContent(bytes, packets)
                : throw new UnsupportedResourceException($"only {have} of {bytes.Length} bytes in {name} could be read; try again");
        }
        finally
        {
            Sys.Close(ends[0]);
            Sys.Close(ends[1]);
        }
    }

    public static PipeContent From(byte[] bytes, string packets) => new(
        bytes, packets.Length == 0 ? [bytes.Length] : [.. packets.Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture))]);

    /// <summary>Operations that write it to an fd, each packet by itself.</summary>
    public void Write(string name, int slot, ProgramBuilder program)
    {
        if (Packets.Count > 1)
        {
            program.Syscall("packet mode", SyscallNumber.Fcntl, [Argument.Slot(slot), FcntlCommand.SetFlags, PacketMode]);
        }

        int at = 0;
        foreach (int length in Packets.Where(l => l > 0))
        {
            program.Syscall(
                $"refill {name}", SyscallNumber.Write, [Argument.Slot(slot), program.Bulk(Bytes.AsMemory(at, length)), length],
                Expectation.Value, length);
            at += length;
        }
    }

    private static unsafe int Waiting(int fd)
    {
        int waiting = 0;
        Sys.Try(SyscallNumber.Ioctl, (ulong)fd, Fionread, (ulong)&waiting);
        return waiting;
    }
}
