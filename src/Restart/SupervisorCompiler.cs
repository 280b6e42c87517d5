using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Restart.Files;
using Interpose.Restart.Terminals;
using Interpose.Restart.Tree;

namespace Interpose.Restart;

/// <summary>
/// What the restart command becomes: it enters namespaces, creates the processes, and stays to pass signals on. In a new
/// pid namespace the processes belong to its init, which tells the command outside how the program ended.
/// </summary>
internal sealed class SupervisorCompiler(ProgramBuilder program, RestartTarget target, HostFacts host, HostFiles files, IpcCompiler ipc, OuterTerminal terminal, InnerTerminals inner)
{
    private const int Nobody = -1;
    private const int SignalChild = 17;

    public void Compile(TreeCompiler tree, IReadOnlyList<TreeNode> nodes, ClockReadings clocks, int lastPid)
    {
        var namespaces = new NamespaceCompiler(program, target, host);
        int[] roots = [.. nodes.Where(n => n.IsRoot && n.Creator is null).Select(n => n.Pid)];

        // Before anything is opened: what has been opened in another mount namespace cannot be linked into this one.
        namespaces.Enter(clocks, ipc.NamespaceFlag | inner.NamespaceFlag);
        inner.Mount(program, files);
        ipc.Create(program);
        files.CreateContents(program);
        if (!target.NewPidNamespace)
        {
            files.CreateDescriptions(program);
            tree.CreateFirst();
            Supervise(roots, 0, Nobody, tree.ProcessCount);
            return;
        }

        Argument ends = program.Data(new byte[8]);
        program.Syscall("pipe between the command and init", SyscallNumber.Pipe2, [ends, OpenFlags.CloseOnExec]);
        int read = files.Raise(program, "its read end", program.Add(OperationKind.Fetch, "read end", 4, [ends], keep: true));
        int write = files.Raise(program, "its write end", program.Add(
            OperationKind.Fetch, "write end", 4, [new Argument(ends.Value + 4, ArgumentMode.Data)], keep: true));
        int creation = program.Next;
        int init = program.Add(
            OperationKind.Process, "create the init of a pid namespace", 0, [0, SignalChild, 0], keep: true);
        Supervise(roots, Argument.Slot(init), Argument.Slot(read), tree.ProcessCount);
        program.SetNumber(creation, program.Next);
        namespaces.MountProc();
        if (lastPid > 0)
        {
            // Numbers chosen for a process do not count (clone(2), set_tid); a new one must not get a number that the
            // program still knows as another's. The file is that of the namespace.
            NamespaceCompiler.WriteFile(
                program, "/proc/sys/kernel/ns_last_pid", lastPid.ToString(CultureInfo.InvariantCulture), Expectation.Any);
        }

        // Here, where the old numbers are to be had: the kernel remembers who has made a unix connection (unix(7), SO_PEERCRED).
        files.CreateDescriptions(program);
        tree.CreateFirst();
        Supervise(roots, 0, Argument.Slot(write), tree.ProcessCount);
    }

    private void Supervise(int[] roots, Argument init, Argument report, int processes) =>
        program.Add(
            OperationKind.Supervise, "pass signals on and wait", 0,
            [program.Data<int>(roots), roots.Length, init, report, processes, terminal.IsGivenAway ? program.Data(terminal.Size) : 0]);
}
