using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>epoll(7): the registrations are made again when every fd has its number.</summary>
public sealed class EpollModule : ResourceModule
{
    private const int Add = 1; // EPOLL_CTL_ADD
    private const int Gone = -1;
    private const string Registrations = "registrations";

    public override OpenFileKind Kind => OpenFileKind.Epoll;

    /// <summary>When everything that it watches is what it was.</summary>
    public override int RefillOrder => 1;

    public override bool Claims(DescriptorFacts facts) => facts.Target == "anon_inode:[eventpoll]";

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        // "tfd: 5 events: 1d data: 500000005 pos:0 ino:61af sdev:7", proc_pid_fdinfo(5)
        IEnumerable<string> lines = facts.Info.Text.Split('\n').Where(l => l.StartsWith("tfd:", StringComparison.Ordinal));
        if (facts.Fd >= FileDescriptor.FirstQueued && lines.Any())
        {
            throw new TransientResourceException(
                "an epoll instance that watches files is on its way in a message (SCM_RIGHTS), which cannot be checkpointed; "
                + "try again when the program has read it");
        }

        var seen = new List<int>();
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Registrations] = string.Join(';', lines.Select(l => Compact(l, facts.Fd, seen, context))),
        };
        return DiscoveryContext.Common(facts, Kind, extra: extra);
    }

    /// <summary>What a process watches may be closed in another that has the epoll instance too: each says what it has.</summary>
    public override OpenFileDescription DescribeShared(DescriptorFacts facts, DiscoveryContext context) => Describe(facts, context);

    public override int Recreate(OpenFileDescription file, RecreationContext context) =>
        context.Program.Syscall("create epoll", SyscallNumber.EpollCreate1, [OpenFlags.CloseOnExec], keep: true);

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        // All processes that have the instance list the same registrations in the same order. One of them makes it again.
        string[][] all = [.. context.Records.Select(Split)];
        string[] own = Split(file);
        for (int i = 0; i < own.Length; i++)
        {
            int at = i;
            int chosen = Array.FindIndex(all, r => at < r.Length && Source(r[at]) == Number(r[at]));
            chosen = chosen >= 0 ? chosen : Array.FindIndex(all, r => at < r.Length && Source(r[at]) != Gone);
            if (chosen >= 0 ? ReferenceEquals(context.Records[chosen], file) : isOwner)
            {
                Register(fd, own[i], context);
            }
        }
    }

    private static string[] Split(OpenFileDescription file) =>
        file.Extra.GetValueOrDefault(Registrations, "").Split(';', StringSplitOptions.RemoveEmptyEntries);

    private static int Number(string registration) => int.Parse(registration.Split(' ')[0], CultureInfo.InvariantCulture);

    private static int Source(string registration) => int.Parse(registration.Split(' ')[3], CultureInfo.InvariantCulture);

    /// <summary>
    /// epoll remembers a number and a description. When the number was closed since, or given to another file, the
    /// description takes its place for a moment (epoll(7), Questions and answers).
    /// </summary>
    private static void Register(int epoll, string registration, RecreationContext context)
    {
        string[] parts = registration.Split(' ');
        (int number, int source) = (Number(registration), Source(registration));
        byte[] record = new byte[12]; // struct epoll_event is packed on x86-64
        BitConverter.TryWriteBytes(record, uint.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        BitConverter.TryWriteBytes(record.AsSpan(4), ulong.Parse(parts[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        ProgramBuilder program = context.Program;
        if (source == Gone)
        {
            context.Warn($"fd {number}, registered with epoll fd {epoll}, is open in no process any more; it is not watched");
            return;
        }

        bool used = source != number && context.Process.Files.Descriptors.Any(d => d.Number == number);
        bool closeOnExec = used && context.Process.Files.Descriptors.First(d => d.Number == number).CloseOnExec;
        int kept = used ? program.Syscall($"set fd {number} aside", SyscallNumber.Dup, [number], keep: true) : 0;
        if (source != number)
        {
            program.Syscall($"fd {number} as epoll knows it", SyscallNumber.Dup3, [source, number, 0]);
        }

        program.Syscall(
            $"register fd {number} with epoll {epoll}", SyscallNumber.EpollCtl, [epoll, Add, number, program.Data(record)],
            Expectation.Warn);
        if (used)
        {
            program.Syscall(
                $"fd {number} again", SyscallNumber.Dup3,
                [Argument.Slot(kept), number, closeOnExec ? OpenFlags.CloseOnExec : 0]);
            program.Syscall("close the copy", SyscallNumber.Close, [Argument.Slot(kept)]);
        }
        else if (source != number)
        {
            program.Syscall($"close fd {number}", SyscallNumber.Close, [number]);
        }
    }

    /// <summary>Number, events, data, and the fd under which the file is open now.</summary>
    private static string Compact(string line, int epoll, List<int> seen, DiscoveryContext context)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        int number = int.Parse(words[1], CultureInfo.InvariantCulture);
        int occurrence = seen.Count(n => n == number);
        seen.Add(number);
        DescriptorFacts? source = context.All.Where(f => f.Fd < FileDescriptor.FirstQueued).OrderBy(f => f.Fd != number).FirstOrDefault(f => IsWatched(f.Fd, epoll, number, occurrence));
        return $"{number} {words[3]} {words[5]} {source?.Fd ?? Gone}";
    }

    /// <summary>kcmp(2), KCMP_EPOLL_TFD: the fd is the file that an epoll instance watches under a number.</summary>
    private static unsafe bool IsWatched(int fd, int epoll, int number, int occurrence)
    {
        const int kcmpEpollTarget = 7;
        ulong pid = (ulong)Sys.Try(SyscallNumber.Getpid);
        uint* slot = stackalloc uint[3] { (uint)epoll, (uint)number, (uint)occurrence };
        return Sys.Try(SyscallNumber.Kcmp, pid, pid, kcmpEpollTarget, (ulong)fd, (ulong)slot) == 0;
    }
}
