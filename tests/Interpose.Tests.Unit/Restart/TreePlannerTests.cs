using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Restart.Tree;

namespace Interpose.Tests.Unit.Restart;

public sealed class TreePlannerTests
{
    private const int Shell = 50; // not part of the computation

    [Fact]
    public void Children_are_created_by_their_parents_and_parents_first()
    {
        List<TreeNode> plan = Plan(Process(103, 102), Process(102, 101), Root(101));
        Assert.Equal([101, 102, 103], plan.Select(n => n.Pid));
        Assert.Equal([null, 101, 102], plan.Select(n => n.Creator?.Pid));
    }

    [Fact]
    public void The_session_and_group_of_the_shell_are_outside()
    {
        TreeNode root = Assert.Single(Plan(Root(101)));
        Assert.Equal(TreeNode.Outside, root.Session);
        Assert.Equal(TreeNode.Outside, root.Group);
    }

    [Fact]
    public void Who_was_born_before_its_parent_began_a_session_is_created_before()
    {
        List<TreeNode> plan = Plan(Root(101), Process(102, 101, session: 102, group: 102), Process(103, 102));
        TreeNode child = plan.Single(n => n.Pid == 103);
        Assert.Equal(102, child.Creator?.Pid);
        Assert.True(child.IsBeforeSession);
    }

    [Fact]
    public void A_group_whose_leader_has_ended_gets_one_for_a_moment()
    {
        List<TreeNode> plan = Plan(Root(101), Process(103, 101, group: 102));
        TreeNode leader = plan.Single(n => n.Pid == 102);
        Assert.Equal(NodeKind.Leader, leader.Kind);
        Assert.True(leader.IsGroupLeader);
        Assert.Null(leader.Creator);
    }

    [Fact]
    public void The_leader_of_a_session_that_has_ended_creates_its_members_and_ends()
    {
        // A daemon: its parent began a session, created it, and ended.
        List<TreeNode> plan = Plan(Root(101), Process(103, 1, session: 102, group: 102));
        TreeNode daemon = plan.Single(n => n.Pid == 103);
        Assert.Equal(102, daemon.Creator?.Pid);
        Assert.Equal(NodeKind.Leader, daemon.Creator?.Kind);
        Assert.True(daemon.Creator?.IsSessionLeader);
    }

    [Theory]
    [InlineData(false, NodeKind.Between)]
    [InlineData(true, null)]
    public void An_orphan_is_orphaned_again_where_init_is_not_ours(bool ownInit, object? creator)
    {
        List<TreeNode> plan = TreePlanner.Plan([Root(101), Process(102, 1)], ownInit);
        Assert.Equal(creator, plan.Single(n => n.Pid == 102).Creator?.Kind);
    }

    [Fact]
    public void Who_has_ended_is_created_by_the_parent_that_has_not_waited_for_it()
    {
        var zombie = new ZombieChild { Pid = 102, ProcessGroup = Shell, Session = Shell, Status = 0x700, ExitSignal = 17 };
        TreeNode node = Plan(Root(101, zombie)).Single(n => n.Pid == 102);
        Assert.Equal(NodeKind.Zombie, node.Kind);
        Assert.Equal(101, node.Creator?.Pid);
    }

    [Fact]
    public void Two_processes_with_one_number_are_refused() =>
        Assert.Contains("101", Assert.Throws<ImageException>(() => Plan(Root(101), Process(101, 1))).Message, StringComparison.Ordinal);

    [Fact]
    public void Who_is_its_own_ancestor_is_refused() =>
        Assert.Throws<ImageException>(() => Plan(Process(101, 102), Process(102, 101)));

    private static List<TreeNode> Plan(params ProcessMetadata[] processes) => TreePlanner.Plan(processes, ownInit: false);

    private static ProcessMetadata Root(int pid, params ZombieChild[] zombies) => new()
    {
        Identity = new ProcessIdentity { Pid = pid, ParentPid = Shell, Session = Shell, ProcessGroup = Shell, IsRoot = true, Comm = "root" },
        Zombies = zombies,
    };

    private static ProcessMetadata Process(int pid, int parent, int session = Shell, int group = Shell) => new()
    {
        Identity = new ProcessIdentity { Pid = pid, ParentPid = parent, Session = session, ProcessGroup = group, Comm = "child" },
    };
}
