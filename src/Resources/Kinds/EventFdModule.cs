using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>eventfd(2), with its counter.</summary>
public sealed class EventFdModule : ResourceModule
{
    private const string Count = "count";
    private const string Semaphore = "semaphore";

    public override OpenFileKind Kind => OpenFileKind.EventFd;

    public override bool Claims(DescriptorFacts facts) => facts.Target == "anon_inode:[eventfd]";

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Count] = facts.Info["eventfd-count"],
            [Semaphore] = facts.Info["eventfd-semaphore"],
        };
        return DiscoveryContext.Common(facts, Kind, extra: extra);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        _ = ulong.TryParse(
            file.Extra.GetValueOrDefault(Count), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong count);
        int semaphore = file.Extra.GetValueOrDefault(Semaphore) == "1" ? 1 : 0;
        int slot = context.Program.Syscall(
            "create eventfd", SyscallNumber.Eventfd2, [0, semaphore | OpenFlags.CloseOnExec], keep: true);
        if (count != 0)
        {
            // eventfd(2) takes 32 bits at creation; a write takes all 64.
            context.Program.Syscall(
                "set the eventfd's counter", SyscallNumber.Write,
                [Program.Argument.Slot(slot), context.Program.Data(BitConverter.GetBytes(count)), 8]);
        }

        context.SetFlags(slot, file);
        return slot;
    }
}
