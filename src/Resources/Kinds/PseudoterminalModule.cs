using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Resources.Terminals;

namespace Interpose.Resources.Kinds;

/// <summary>
/// Pseudoterminals (pty(7)) whose master is in the computation: both ends, with settings, size and what is unread. The
/// session that a slave belongs to is begun again by the restart (docs/terminals.md).
/// </summary>
public sealed class PseudoterminalModule : ResourceModule
{
    private const string End = "end", Master = "master", Slave = "slave", HungUp = "hung up";
    private const string Pair = "pair", Index = "index", Name = "name", State = "slave";
    private const string Open = "open", Closed = "closed", Never = "never opened";
    private const string Packets = "packets", Locked = "locked", Exclusive = "exclusive", Mode = "mode", Owner = "owner", Group = "group";
    private const string Session = "session", Foreground = "foreground";
    private const int AnyIndex = -1;
    private const int SettableFlags = OpenFlags.AccessMode | OpenFlags.NonBlocking | OpenFlags.Append;
    private const uint PermissionBits = 0xfff;

    public override OpenFileKind Kind => OpenFileKind.Pseudoterminal;

    public override bool Claims(DescriptorFacts facts) => facts.Terminal is { IsMaster: true } or { IsHungUp: true };

    /// <summary>A slave whose master is outside is the terminal that somebody sits at.</summary>
    public override bool Claims(DescriptorFacts facts, DiscoveryContext context) => Claims(facts)
        || (facts.Terminal is { Index: >= 0 } && TerminalPair.Holders(facts, context, masters: true).Any());

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        TerminalFacts terminal = facts.Terminal!;
        if (terminal.IsHungUp)
        {
            return DiscoveryContext.Common(facts, Kind, extra: new Dictionary<string, string>(StringComparer.Ordinal) { [End] = HungUp });
        }

        using var borrowed = new BorrowedDescriptor(facts.Fd);
        (int pid, int fd) = TerminalPair.Holders(facts, context, masters: true).Min();
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [End] = terminal.IsMaster ? Master : Slave,
            [Pair] = string.Create(CultureInfo.InvariantCulture, $"{pid}.{fd}"),
            [Index] = terminal.Index.ToString(CultureInfo.InvariantCulture),
            [Exclusive] = Flag(borrowed, TerminalRequest.GetExclusive),
        };
        byte[] settings = [];
        if (terminal.IsMaster)
        {
            settings = DescribeMaster(facts, context, new TerminalFile(borrowed.Fd), extra);
        }

        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: settings);
    }

    /// <summary>Masters by ascending number, then slaves; those that are hung up take whatever number is left.</summary>
    public override int Order(OpenFileDescription file) => file.Extra.GetValueOrDefault(End) switch
    {
        Master => int.MinValue / 2 + IndexOf(file),
        Slave => 0,
        _ => 1,
    };

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        string pair = "pty:" + file.Extra.GetValueOrDefault(Pair);
        switch (file.Extra.GetValueOrDefault(End))
        {
            case Master:
                int master = context.Shared[pair] = CreateMaster(file, program);
                context.SetFlags(master, file);
                return master;
            case Slave:
                return OpenPeer(program, context.Shared[pair], file);
            default:
                int other = OpenMaster(program, file.Path, AnyIndex);
                Unlock(program, other, file.Path);
                int slave = OpenPeer(program, other, file);
                program.Syscall($"hang {file.Path} up", SyscallNumber.Close, [Argument.Slot(other)]);
                return slave;
        }
    }

    /// <summary>Last, since they would stand in our own way.</summary>
    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        if (!isOwner)
        {
            return;
        }

        if (file.Extra.GetValueOrDefault(Locked) == "1")
        {
            context.Program.Syscall(
                $"lock the slave of {file.Path}", SyscallNumber.Ioctl,
                [fd, TerminalRequest.SetLock, context.Program.Data(BitConverter.GetBytes(1))]);
        }

        if (file.Extra.GetValueOrDefault(Exclusive) == "1")
        {
            context.Program.Syscall($"exclusive mode of {file.Path}", SyscallNumber.Ioctl, [fd, TerminalRequest.SetExclusive, 0]);
        }
    }

    /// <summary>The number of a pseudoterminal whose master this is, or -1.</summary>
    public static int MasterIndexOf(OpenFileDescription file) =>
        file.Kind == OpenFileKind.Pseudoterminal && file.Extra.GetValueOrDefault(End) == Master ? IndexOf(file) : -1;

    /// <summary>The session whose controlling terminal the slave of this master is, and its foreground process group; 0: none.</summary>
    public static (int Session, int Foreground) SessionOf(OpenFileDescription master) =>
        (NumberOf(master, Session), NumberOf(master, Foreground));

    /// <summary>
    /// Opens the slave of a master whose fd is in a slot. Not with O_CLOEXEC: here the kernel would keep it as a flag of the
    /// description (ptm_open_peer), and fdinfo then shows it for every fd.
    /// </summary>
    public static int OpenPeer(ProgramBuilder program, int master, OpenFileDescription file) => program.Syscall(
        $"open the slave {file.Path}", SyscallNumber.Ioctl,
        [
            Argument.Slot(master), TerminalRequest.OpenPeer,
            FlagsOf(file) | OpenFlags.NoControllingTerminal,
        ],
        keep: true);

    private static byte[] DescribeMaster(
        DescriptorFacts facts, DiscoveryContext context, TerminalFile master, Dictionary<string, string> extra)
    {
        string name = $"{facts.Target} (fd {facts.Fd} of pid {context.Pid})";
        byte[] settings = [.. master.Settings, .. master.WindowSize];
        string slave = TerminalFacts.SlavePath(facts, facts.Terminal!.Index);
        string state = TerminalPeer.IsHungUp(master.Fd) ? Closed
            : TerminalPair.Holders(facts, context, masters: false).Any() ? Open
            : Never;
        extra[State] = state;
        extra[Name] = slave;
        extra[Packets] = Flag(master, TerminalRequest.GetPacketMode);
        extra[Locked] = Flag(master, TerminalRequest.GetLock);
        extra[Session] = facts.Terminal.Session.ToString(CultureInfo.InvariantCulture);
        extra[Foreground] = Math.Max(0, master.Foreground).ToString(CultureInfo.InvariantCulture);
        if (FileStatus.TryOf(slave, out FileStatus status) >= 0)
        {
            extra[Mode] = (status.Mode & PermissionBits).ToString(CultureInfo.InvariantCulture);
            extra[Owner] = status.Owner.ToString(CultureInfo.InvariantCulture);
            extra[Group] = status.Group.ToString(CultureInfo.InvariantCulture);
        }

        TerminalContent content = TerminalContent.Take(master.Fd, state != Never, name);
        context.PutBack.Add(() =>
        {
            using var borrowed = new BorrowedDescriptor(facts.Fd);
            content.PutBack(borrowed.Fd, name);
        });
        return settings;
    }

    private static int CreateMaster(OpenFileDescription file, ProgramBuilder program)
    {
        int master = OpenMaster(program, file.Path, IndexOf(file));
        string name = file.Extra.GetValueOrDefault(Name, "");
        Unlock(program, master, name);
        program.Syscall(
            $"modes of {name}", SyscallNumber.Ioctl,
            [Argument.Slot(master), TerminalRequest.SetSettings, program.Data(file.Payload.AsSpan(0, TerminalFile.SettingsLength))]);
        program.Syscall(
            $"size of {name}", SyscallNumber.Ioctl,
            [Argument.Slot(master), TerminalRequest.SetWindowSize, program.Data(file.Payload.AsSpan(TerminalFile.SettingsLength, TerminalFile.WindowSizeLength))]);
        if (file.Extra.GetValueOrDefault(Packets) == "1")
        {
            program.Syscall(
                $"packet mode of {file.Path}", SyscallNumber.Ioctl,
                [Argument.Slot(master), TerminalRequest.SetPacketMode, program.Data(BitConverter.GetBytes(1))]);
        }

        if (file.Extra.GetValueOrDefault(State) == Closed)
        {
            int slave = OpenPeer(program, master, file);
            program.Syscall($"close {name}", SyscallNumber.Close, [Argument.Slot(slave)]);
        }

        if (file.Extra.ContainsKey(Mode))
        {
            program.Syscall($"owner of {name}", SyscallNumber.Chown, [program.Text(name), NumberOf(file, Owner), NumberOf(file, Group)], Expectation.Any);
            program.Syscall($"mode of {name}", SyscallNumber.Chmod, [program.Text(name), NumberOf(file, Mode)], Expectation.Any);
        }

        return master;
    }

    private static int OpenMaster(ProgramBuilder program, string path, int index) => program.Add(
        OperationKind.Pseudoterminal, (index < 0 ? "create a pseudoterminal" : $"create pseudoterminal {index}") + " (as many as kernel.pty.max and /dev/pts allow)", 0,
        [program.Text(path.EndsWith("/ptmx", StringComparison.Ordinal) ? path : "/dev/ptmx"), index], keep: true);

    private static void Unlock(ProgramBuilder program, int master, string name) => program.Syscall(
        $"unlock {name}", SyscallNumber.Ioctl, [Argument.Slot(master), TerminalRequest.SetLock, program.Data(BitConverter.GetBytes(0))]);

    private static string Flag(BorrowedDescriptor file, long request) => Flag(new TerminalFile(file.Fd), request);

    private static string Flag(TerminalFile file, long request) => file.Number(request) == 1 ? "1" : "0";

    /// <summary>For a moment's use by way of its master a slave is open in both directions, whatever the master's flags.</summary>
    private static int FlagsOf(OpenFileDescription file) =>
        MasterIndexOf(file) >= 0 ? OpenFlags.ReadWrite : file.Flags & SettableFlags;

    private static int IndexOf(OpenFileDescription file) => NumberOf(file, Index);

    private static int NumberOf(OpenFileDescription file, string name) =>
        int.Parse(file.Extra.GetValueOrDefault(name, "0"), CultureInfo.InvariantCulture);
}
