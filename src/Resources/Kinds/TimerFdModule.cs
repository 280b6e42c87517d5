using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>timerfd_create(2), with the time that is left.</summary>
public sealed class TimerFdModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.TimerFd;

    public override bool Claims(DescriptorFacts facts) => facts.Target == "anon_inode:[timerfd]";

    public override unsafe OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        long* value = stackalloc long[4];
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        Sys.Try(SyscallNumber.TimerfdGettime, (ulong)borrowed.Fd, (ulong)value);
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["clock"] = facts.Info["clockid"],
            ["ticks"] = facts.Info["ticks"],
        };
        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: new ReadOnlySpan<byte>(value, 32).ToArray());
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        int clock = int.Parse(file.Extra.GetValueOrDefault("clock", "1"), CultureInfo.InvariantCulture);
        int slot = context.Program.Syscall(
            "create timerfd", SyscallNumber.TimerfdCreate, [clock, OpenFlags.CloseOnExec], keep: true);
        context.SetFlags(slot, file);
        return slot;
    }

    /// <summary>Started last; one that had expired unread expires at once again.</summary>
    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        byte[] value = [.. file.Payload];
        if (value.Length != 32 || !isOwner)
        {
            return;
        }

        bool expired = file.Extra.GetValueOrDefault("ticks", "0") is not "0" and not "";
        if (expired)
        {
            Array.Clear(value, 16, 16);
            value[24] = 1;
        }

        context.Program.Syscall("start timerfd", SyscallNumber.TimerfdSettime, [fd, 0, context.Program.Data(value), 0]);
    }
}
