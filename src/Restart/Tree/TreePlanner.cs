using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Restart.Terminals;

namespace Interpose.Restart.Tree;

/// <summary>
/// Decides who creates whom, so that every process comes back with its parent, its session and its group. A process can
/// only be born into the session of its creator and leave it for one of its own (setsid(2)); a parent changes only by the
/// death of the one before (to the nearest subreaper, or init).
/// </summary>
internal sealed class TreePlanner
{
    private readonly List<TreeNode> _nodes = [];
    private readonly Dictionary<int, TreeNode> _byPid = [];
    private readonly HashSet<int> _outerSessions = [];
    private readonly HashSet<int> _outerGroups = [];
    private readonly bool _ownInit;

    private TreePlanner(bool ownInit) => _ownInit = ownInit;

    /// <param name="processes">All processes of one host.</param>
    /// <param name="ownInit">
    /// There is a pid namespace, whose init is the parent of orphans. Otherwise the host's init is: an orphan has to be
    /// orphaned again.
    /// </param>
    /// <returns>Every process to create, creators before those they create.</returns>
    public static List<TreeNode> Plan(IReadOnlyList<ProcessMetadata> processes, bool ownInit)
    {
        var planner = new TreePlanner(ownInit);
        planner.FindOutside(processes);
        planner.AddNodes(processes);
        planner.AddLeaders();
        foreach (TreeNode node in planner._nodes.Where(n => n.Kind is NodeKind.Process or NodeKind.Zombie).ToArray())
        {
            planner.Place(node);
        }

        return planner.InOrder();
    }

    /// <summary>Sessions and groups of the roots that no process of ours leads are those of the shell they came from.</summary>
    private void FindOutside(IReadOnlyList<ProcessMetadata> processes)
    {
        HashSet<int> pids = [.. processes.Select(p => p.Identity.Pid), .. processes.SelectMany(p => p.Zombies).Select(z => z.Pid)];
        foreach (ProcessMetadata process in processes.Where(p => p.Identity.IsRoot))
        {
            // The terminal of a session stays with the session that it is in: one with a terminal outside cannot be begun
            // again by its leader, since the restart command's own session has that terminal.
            ProcessIdentity root = process.Identity;
            if (!pids.Contains(root.Session) || InnerTerminals.IsOutside(process, processes))
            {
                _outerSessions.Add(root.Session);
            }

            if (!pids.Contains(root.ProcessGroup))
            {
                _outerGroups.Add(root.ProcessGroup);
            }
        }
    }

    private void AddNodes(IReadOnlyList<ProcessMetadata> processes)
    {
        foreach (ProcessMetadata process in processes)
        {
            ProcessIdentity identity = process.Identity;
            Add(new TreeNode
            {
                Kind = NodeKind.Process,
                Pid = identity.Pid,
                Session = SessionOf(identity.Session),
                Group = GroupOf(identity.ProcessGroup),
                ExitSignal = identity.ExitSignal,
                Process = process,
                Name = identity.Comm,
            });
        }

        foreach (ProcessMetadata process in processes)
        {
            foreach (ZombieChild zombie in process.Zombies)
            {
                Add(new TreeNode
                {
                    Kind = NodeKind.Zombie,
                    Pid = zombie.Pid,
                    Session = SessionOf(zombie.Session),
                    Group = GroupOf(zombie.ProcessGroup),
                    ExitSignal = zombie.ExitSignal,
                    Zombie = zombie,
                    Name = zombie.Comm,
                    Creator = _byPid[process.Identity.Pid],
                });
            }
        }
    }

    private void Add(TreeNode node)
    {
        if (!_byPid.TryAdd(node.Pid, node))
        {
            throw new ImageException(
                $"two processes of the checkpoint have the number {node.Pid} ({_byPid[node.Pid].Name} and {node.Name}); "
                + "were they on different hosts? Restart on one machine needs numbers that differ");
        }

        _nodes.Add(node);
    }

    private int SessionOf(int session) => _outerSessions.Contains(session) ? TreeNode.Outside : session;

    private int GroupOf(int group) => _outerGroups.Contains(group) ? TreeNode.Outside : group;

    /// <summary>Sessions and groups whose leader is no more.</summary>
    private void AddLeaders()
    {
        foreach (TreeNode member in _nodes.ToArray())
        {
            if (member.Session != TreeNode.Outside && !_byPid.ContainsKey(member.Session))
            {
                Add(new TreeNode
                {
                    Kind = NodeKind.Leader,
                    Pid = member.Session,
                    Session = member.Session,
                    Group = member.Session,
                    Name = "the session's leader",
                    Creator = ParentOf(member),
                });
            }
        }

        foreach (TreeNode member in _nodes.ToArray())
        {
            if (member.Group != TreeNode.Outside && !_byPid.ContainsKey(member.Group))
            {
                Add(new TreeNode
                {
                    Kind = NodeKind.Leader,
                    Pid = member.Group,
                    Session = member.Session,
                    Group = member.Group,
                    Name = "the group's leader",
                    Creator = member.Session == TreeNode.Outside ? null : _byPid[member.Session],
                });
            }
        }
    }

    private TreeNode? ParentOf(TreeNode node) =>
        node.Kind == NodeKind.Zombie ? node.Creator : _byPid.GetValueOrDefault(node.Process!.Identity.ParentPid);

    private void Place(TreeNode node)
    {
        TreeNode? parent = ParentOf(node);
        bool isOrphan = parent is null && !node.IsRoot;
        bool leads = node.IsSessionLeader;
        if (parent is not null && (leads || parent.Session == node.Session))
        {
            node.Creator = parent;
        }
        else if (parent is not null && parent.IsSessionLeader && Before(parent) == node.Session)
        {
            node.Creator = parent;
            node.IsBeforeSession = true;
        }
        else if (isOrphan && _ownInit && (leads || node.Session == TreeNode.Outside))
        {
            node.Creator = null;
        }
        else if (parent is not null || isOrphan)
        {
            node.Creator = Orphaner(node);
        }
    }

    /// <summary>The session that a leader was born into.</summary>
    private static int Before(TreeNode leader) => leader.Creator is not { } creator ? TreeNode.Outside
        : leader.IsBeforeSession ? Before(creator)
        : creator.Session;

    /// <summary>A process in the right session that ends when it has created the node.</summary>
    private TreeNode Orphaner(TreeNode node)
    {
        TreeNode? leader = node.Session == TreeNode.Outside || node.IsSessionLeader ? null : _byPid[node.Session];
        if (leader is { Kind: NodeKind.Leader })
        {
            return leader;
        }

        var between = new TreeNode
        {
            Kind = NodeKind.Between,
            Pid = 0,
            Session = leader?.Session ?? TreeNode.Outside,
            Name = "a parent that has ended",
            Creator = leader,
        };
        _nodes.Add(between);
        return between;
    }

    /// <summary>wait(2) finds the first child that has ended: in the order in which the kernel got to know them.</summary>
    private static void SortByBirth(TreeNode parent)
    {
        if (parent.Process is not { } process)
        {
            return;
        }

        var births = new Dictionary<int, int>();
        foreach (int pid in process.Children)
        {
            births.TryAdd(pid, births.Count);
        }

        TreeNode[] sorted = [.. parent.Created.OrderBy(child => births.GetValueOrDefault(child.Pid, int.MaxValue))];
        parent.Created.Clear();
        parent.Created.AddRange(sorted);
    }

    private List<TreeNode> InOrder()
    {
        var done = new HashSet<TreeNode>();
        var order = new List<TreeNode>();
        void Visit(TreeNode node, int depth)
        {
            if (depth > _nodes.Count)
            {
                throw new ImageException($"process {node.Pid} ({node.Name}) is its own ancestor; use another checkpoint");
            }

            if (done.Contains(node))
            {
                return;
            }

            if (node.Creator is { } creator)
            {
                Visit(creator, depth + 1);
                creator.Created.Add(node);
            }

            done.Add(node);
            order.Add(node);
        }

        foreach (TreeNode node in _nodes)
        {
            Visit(node, 0);
        }

        foreach (TreeNode node in order)
        {
            SortByBirth(node);
        }

        return order;
    }
}
