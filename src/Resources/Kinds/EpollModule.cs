using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>epoll(7): the registrations are made again when every fd has its number.</summary>
public sealed class EpollModule : ResourceModule
{
    private const string Registrations = "registrations";

    public override OpenFileKind Kind => OpenFileKind.Epoll;

    public override bool Claims(DescriptorFacts facts) => facts.Target == "anon_inode:[eventpoll]";

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        // "tfd: 5 events: 1d data: 500000005 pos:0 ino:61af sdev:7", proc_pid_fdinfo(5)
        IEnumerable<string> lines = facts.Info.Text.Split('\n').Where(l => l.StartsWith("tfd:", StringComparison.Ordinal));
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Registrations] = string.Join(';', lines.Select(Compact)),
        };
        return DiscoveryContext.Common(facts, Kind, extra: extra);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context) =>
        context.Program.Syscall("create epoll", SyscallNumber.EpollCreate1, [OpenFlags.CloseOnExec], keep: true);

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context)
    {
        const int Add = 1;
        string all = file.Extra.GetValueOrDefault(Registrations, "");
        foreach (string one in all.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = one.Split(' ');
            byte[] record = new byte[12]; // struct epoll_event is packed on x86-64
            BitConverter.TryWriteBytes(record, uint.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            BitConverter.TryWriteBytes(record.AsSpan(4), ulong.Parse(parts[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            int target = int.Parse(parts[0], CultureInfo.InvariantCulture);
            context.Program.Syscall(
                $"register fd {target} with epoll {fd}", SyscallNumber.EpollCtl,
                [fd, Add, target, context.Program.Data(record)], Program.Expectation.Warn);
        }
    }

    private static string Compact(string line)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return $"{words[1]} {words[3]} {words[5]}";
    }
}
