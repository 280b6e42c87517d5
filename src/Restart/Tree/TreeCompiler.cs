using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Restart.Terminals;

namespace Interpose.Restart.Tree;

/// <summary>
/// Compiles the creation of all processes: their numbers, parents, sessions and groups. Each then chains to the program
/// of its own that restores it.
/// </summary>
internal sealed class TreeCompiler(ProgramBuilder program, IReadOnlyList<TreeNode> nodes, InnerTerminals terminals)
{
    private const int Created = 0, Grouped = 1, Running = 2, Filled = 3; // barriers; supervise.c looks at Running
    private const int SignalChild = 17;
    private const int ChildExited = 4, DoNotCollect = 0x01000000; // WEXITED, WNOWAIT
    private const int PidType = 1; // P_PID
    private const int PrSetChildSubreaper = 36;

    private readonly Dictionary<TreeNode, int> _creations = [];
    private readonly List<(int Operation, TreeNode Node)> _chains = [];

    /// <summary>Where each process's own program goes on; to be given offset and length when that is compiled.</summary>
    public IReadOnlyList<(int Operation, TreeNode Node)> Chains => _chains;

    /// <summary>How many processes there are to restore.</summary>
    public int ProcessCount => nodes.Count(n => n.Kind == NodeKind.Process);

    /// <summary>In the supervisor: creates those that nobody else does.</summary>
    public void CreateFirst()
    {
        foreach (TreeNode node in nodes.Where(n => n.Creator is null))
        {
            Create(node);
        }
    }

    /// <summary>Behind the supervisor: what each process does until it restores itself.</summary>
    public void Bodies()
    {
        foreach (TreeNode node in nodes)
        {
            program.SetNumber(_creations[node], program.Next);
            Body(node);
        }
    }

    /// <summary>In a process: memory and files that others share are filled by whoever has them in its image.</summary>
    public static void AwaitContents(ProgramBuilder program, int processes) =>
        program.Add(OperationKind.Barrier, "shared contents complete", 0, [Filled, processes]);

    /// <summary>In a process, last of all: it is complete.</summary>
    public static void Arrive(ProgramBuilder program) =>
        program.Add(OperationKind.Barrier, "restored", 0, [Running, 0]);

    private void Create(TreeNode node)
    {
        _creations[node] = program.Next;
        string name = node.Kind switch
        {
            NodeKind.Process => $"create process {node.Pid} ({node.Name})",
            NodeKind.Zombie => $"create ended process {node.Pid} ({node.Name})",
            _ => $"create {node.Name}{(node.Pid == 0 ? "" : $", process {node.Pid}")}",
        };
        program.Add(
            OperationKind.Process, name, 0, [node.Pid, node.ExitSignal, node.Kind == NodeKind.Process ? 1 : 0], keep: true);
    }

    private void Body(TreeNode node)
    {
        if (node.IsSubreaper)
        {
            program.Syscall("child subreaper", SyscallNumber.Prctl, [PrSetChildSubreaper, 1]);
        }

        foreach (TreeNode child in node.Created.Where(c => c.IsBeforeSession))
        {
            Create(child);
        }

        if (node.IsSessionLeader)
        {
            program.Syscall($"begin session {node.Pid}", SyscallNumber.Setsid, []);
            terminals.Attach(node, program);
        }
        else if (node.IsGroupLeader)
        {
            program.Syscall($"begin process group {node.Pid}", SyscallNumber.Setpgid, [0, 0]);
        }

        foreach (TreeNode child in node.Created.Where(c => !c.IsBeforeSession))
        {
            Create(child);
        }

        program.Add(OperationKind.Barrier, "all processes created", 0, [Created, nodes.Count]);
        if (node.Group != TreeNode.Outside && !node.IsGroupLeader && node.Kind != NodeKind.Between)
        {
            program.Syscall($"join process group {node.Group}", SyscallNumber.Setpgid, [0, node.Group]);
        }

        program.Add(OperationKind.Barrier, "all process groups complete", 0, [Grouped, nodes.Count]);
        terminals.SetForeground(node, program);
        switch (node.Kind)
        {
            case NodeKind.Process:
                AwaitEnded(node);
                _chains.Add((program.Next, node));
                program.Add(OperationKind.Chain, $"restore process {node.Pid} ({node.Name})", 0, [0, 0]);
                break;
            case NodeKind.Zombie:
                program.Add(OperationKind.Die, "end as it had ended", 0, [node.Zombie!.Status]);
                break;
            default:
                program.Add(OperationKind.Exit, "done", 0, [0]);
                break;
        }
    }

    /// <summary>Those that only helped are collected; those that had ended stay, and the program hears nothing of either.</summary>
    private void AwaitEnded(TreeNode node)
    {
        bool any = false;
        foreach (TreeNode child in node.Created.Where(c => c.Kind != NodeKind.Process))
        {
            any = true;
            Argument pid = Argument.Slot((int)program.Operations[_creations[child]].ResultSlot);
            if (child.Kind == NodeKind.Zombie)
            {
                program.Syscall(
                    $"process {child.Pid} has ended", SyscallNumber.Waitid,
                    [PidType, pid, 0, ChildExited | DoNotCollect | unchecked((int)0x40000000) /* __WALL */, 0]);
            }
            else
            {
                program.Syscall($"collect {child.Name}", SyscallNumber.Wait4, [pid, 0, 0x40000000 /* __WALL */, 0]);
            }
        }

        if (any)
        {
            program.Syscall(
                "forget their signal", SyscallNumber.RtSigtimedwait,
                [program.Data(BitConverter.GetBytes(1ul << (SignalChild - 1))), 0, program.Data<long>([0, 0]), 8],
                Expectation.Any);
        }
    }
}
