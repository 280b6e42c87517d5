using System.Globalization;
using System.Runtime.InteropServices;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>timerfd_create(2), with the time that is left, or the moment it was set to, and the expirations not read yet.</summary>
public sealed class TimerFdModule : ResourceModule
{
    private const string Clock = "clock", Ticks = "ticks", SetFlags = "flags";
    private const int Absolute = 1; // TFD_TIMER_ABSTIME
    private const int SetTicks = 0x40085400; // TFD_IOC_SET_TICKS, linux/timerfd.h
    private const int ItemSize = 32; // struct itimerspec: interval, value

    public override OpenFileKind Kind => OpenFileKind.TimerFd;

    public override bool Claims(DescriptorFacts facts) => facts.Target == "anon_inode:[timerfd]";

    public override unsafe OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        long* value = stackalloc long[4];
        long* now = stackalloc long[2];
        using var borrowed = new BorrowedDescriptor(facts.Fd);

        // The call counts expirations of a repeating timer; only then does the kernel show them all.
        Sys.Try(SyscallNumber.TimerfdGettime, (ulong)borrowed.Fd, (ulong)value);
        var info = new StatusFile(facts.Link.Replace("/fd/", "/fdinfo/", StringComparison.Ordinal));
        int flags = info["settime flags"].Length == 0 ? 0 : Convert.ToInt32(info["settime flags"], 8);
        bool runs = value[2] != 0 || value[3] != 0;
        if ((flags & Absolute) != 0 && runs)
        {
            Sys.Try(SyscallNumber.ClockGettime, ulong.Parse(info["clockid"], CultureInfo.InvariantCulture), (ulong)now);
            long nanoseconds = value[3] + now[1];
            value[2] += now[0] + (nanoseconds / 1_000_000_000);
            value[3] = nanoseconds % 1_000_000_000;
        }

        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Clock] = info["clockid"],
            [Ticks] = info["ticks"],
            [SetFlags] = (runs ? flags : 0).ToString(CultureInfo.InvariantCulture),
        };
        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: new ReadOnlySpan<byte>(value, ItemSize).ToArray());
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        int clock = int.Parse(file.Extra.GetValueOrDefault(Clock, "1"), CultureInfo.InvariantCulture);
        int slot = context.Program.Syscall(
            "create timerfd", SyscallNumber.TimerfdCreate, [clock, OpenFlags.CloseOnExec], keep: true);
        context.SetFlags(slot, file);
        return slot;
    }

    /// <summary>Started last.</summary>
    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        if (file.Payload.Length != ItemSize || !isOwner)
        {
            return;
        }

        int flags = int.Parse(file.Extra.GetValueOrDefault(SetFlags, "0"), CultureInfo.InvariantCulture);
        context.Program.Syscall(
            "start timerfd", SyscallNumber.TimerfdSettime, [fd, flags, context.Program.Data(file.Payload), 0]);
        if (ulong.TryParse(file.Extra.GetValueOrDefault(Ticks), out ulong ticks) && ticks != 0)
        {
            byte[] count = new byte[8];
            MemoryMarshal.Write(count, ticks);
            context.Program.Syscall(
                "expirations not read yet", SyscallNumber.Ioctl, [fd, SetTicks, context.Program.Data(count)], Expectation.Warn);
        }
    }
}
