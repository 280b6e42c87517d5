using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Kinds;
using Interpose.Resources.Program;
using Interpose.Restart.Files;
using Interpose.Restart.Tree;

namespace Interpose.Restart.Terminals;

/// <summary>Pseudoterminals of the computation itself: their names, and the sessions whose terminals they are.</summary>
internal sealed class InnerTerminals
{
    private const uint NewMountNamespace = 0x20000;
    private const ulong Recursive = 0x4000, Slave = 0x80000, Bind = 0x1000, NoSuidNoExec = 0xa;

    private const string Multiplexer = "/dev/ptmx";

    private readonly Dictionary<int, (MergedFile Master, int Foreground)> _sessions = [];
    private readonly Dictionary<TreeNode, int> _attached = [];
    private readonly HashSet<int> _numbers = [];
    private readonly OwnTerminal _own;

    public InnerTerminals(MergedFiles files, OwnTerminal own)
    {
        _own = own;
        foreach (MergedFile merged in files.All.Where(m => PseudoterminalModule.MasterIndexOf(m.File) >= 0))
        {
            _numbers.Add(PseudoterminalModule.MasterIndexOf(merged.File));
            (int session, int foreground) = PseudoterminalModule.SessionOf(merged.File);
            if (session > 0)
            {
                _sessions[session] = (merged, foreground);
            }
        }
    }

    /// <summary>
    /// The names get a file system of their own, in a mount namespace: numbers may be taken here, and one that is free now may be
    /// taken by anybody before the restart comes to it.
    /// </summary>
    private bool HasOwnNames => _numbers.Count > 0;

    /// <summary>
    /// /dev/ptmx is a file of the present file system and not the device, which leads to whatever lies beside it at /dev/pts (both
    /// are found: Documentation/filesystems/devpts.rst). It would go on making terminals in the old one.
    /// </summary>
    private static bool IsMultiplexerBound =>
        FileStatus.TryOf(Multiplexer, out FileStatus multiplexer) >= 0 && FileStatus.TryOf("/dev/pts", out FileStatus names) >= 0
        && multiplexer.Device == names.Device;

    /// <summary>Flags of unshare(2) for what is needed.</summary>
    public uint NamespaceFlag => HasOwnNames ? NewMountNamespace : 0;

    /// <summary>The process has a controlling terminal, and its other end is outside.</summary>
    public static bool IsOutside(ProcessMetadata process, IReadOnlyList<ProcessMetadata> processes) =>
        process.Terminal.Device != 0 && !processes.SelectMany(p => p.Files.Descriptions).Any(
            f => PseudoterminalModule.MasterIndexOf(f) >= 0 && f.OwnerPid == 0
                && PseudoterminalModule.SessionOf(f).Session == process.Identity.Session && process.Identity.Session != 0);

    /// <summary>
    /// In the supervisor: a new file system for pseudoterminals (devpts, mount(8)). The terminal of the restart command keeps
    /// its name in it, where no pseudoterminal of the computation has that.
    /// </summary>
    public void Mount(ProgramBuilder program, HostFiles files)
    {
        if (!HasOwnNames)
        {
            return;
        }

        Argument none = program.Text("none");
        int[] kept = [.. _own.Standard.Select(NumberOf).Where(n => n >= 0 && !_numbers.Contains(n)).Distinct().Order()];
        int[] places = [.. kept.Select(n => program.Syscall(
            $"find {NameOf(n)}", SyscallNumber.Open, [program.Text(NameOf(n)), OpenFlags.PathOnly | OpenFlags.CloseOnExec], keep: true))];
        program.Syscall("mounts of our own", SyscallNumber.Mount, [none, program.Text("/"), 0, Recursive | Slave, 0]);
        program.Syscall(
            "pseudoterminals of our own", SyscallNumber.Mount,
            [program.Text("devpts"), program.Text("/dev/pts"), program.Text("devpts"), NoSuidNoExec, program.Text("newinstance,ptmxmode=0666,mode=0620")]);
        if (IsMultiplexerBound)
        {
            program.Syscall(
                "the multiplexer of our own", SyscallNumber.Mount, [program.Text("/dev/pts/ptmx"), program.Text(Multiplexer), none, Bind, 0]);
        }

        for (int i = 0; i < kept.Length; i++)
        {
            files.Raise(program, $"the name {NameOf(kept[i])}", program.Add(
                OperationKind.Pseudoterminal, $"a place for {NameOf(kept[i])}", 0, [program.Text(Multiplexer), kept[i]], keep: true));
            Argument path = program.Data("/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0\0"u8);
            program.Add(OperationKind.Format, "its path", 0, [new Argument(path.Value + 14, ArgumentMode.Data), Argument.Slot(places[i])]);
            program.Syscall(
                $"the terminal keeps the name {NameOf(kept[i])}", SyscallNumber.Mount,
                [path, program.Text(NameOf(kept[i])), none, Bind, 0], Expectation.Warn);
            program.Syscall("close it", SyscallNumber.Close, [Argument.Slot(places[i])]);
        }
    }

    /// <summary>
    /// In the leader of a session that has just begun: it gets its terminal before it has children, for they inherit it, and
    /// cannot get it in any other way.
    /// </summary>
    public void Attach(TreeNode leader, ProgramBuilder program)
    {
        if (leader.Kind == NodeKind.Process && leader.Process!.Terminal.Device != 0
            && _sessions.TryGetValue(leader.Pid, out (MergedFile Master, int Foreground) terminal))
        {
            int slave = PseudoterminalModule.OpenPeer(program, terminal.Master.Slot, terminal.Master.File);
            program.Syscall($"terminal of session {leader.Pid}", SyscallNumber.Ioctl, [Argument.Slot(slave), TerminalRequest.SetControlling, 0]);
            _attached[leader] = slave;
        }
    }

    /// <summary>In the same process, when all groups are complete.</summary>
    public void SetForeground(TreeNode leader, ProgramBuilder program)
    {
        if (!_attached.TryGetValue(leader, out int slave))
        {
            return;
        }

        int foreground = _sessions[leader.Pid].Foreground;
        if (foreground > 0)
        {
            // A group that has ended stays the foreground one; it cannot be made it again.
            program.Syscall(
                $"process group {foreground} in the foreground", SyscallNumber.Ioctl,
                [Argument.Slot(slave), TerminalRequest.SetForeground, program.Data(BitConverter.GetBytes(foreground))], Expectation.Any);
        }

        program.Syscall("close the terminal", SyscallNumber.Close, [Argument.Slot(slave)]);
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{number}");

    private static int NumberOf(string name) =>
        name.StartsWith("/dev/pts/", StringComparison.Ordinal) && int.TryParse(name["/dev/pts/".Length..], CultureInfo.InvariantCulture, out int n) ? n : -1;
}
