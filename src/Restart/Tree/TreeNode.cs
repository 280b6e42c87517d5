using Interpose.Images.Metadata;

namespace Interpose.Restart.Tree;

/// <summary>A process that a restart creates.</summary>
internal sealed class TreeNode
{
    /// <summary>Stands for the restart command's own session and process group, and those of the caller.</summary>
    public const int Outside = 0;

    public required NodeKind Kind { get; init; }

    /// <summary>Its number; 0: any.</summary>
    public required int Pid { get; init; }

    /// <summary>Its session in the end, or <see cref="Outside"/>.</summary>
    public int Session { get; init; }

    /// <summary>Its process group in the end, or <see cref="Outside"/>.</summary>
    public int Group { get; init; }

    /// <summary>What its parent gets when it ends.</summary>
    public int ExitSignal { get; init; } = 17; // SIGCHLD

    /// <summary>What the image says, for a process.</summary>
    public ProcessMetadata? Process { get; init; }

    /// <summary>What is known of one that has ended.</summary>
    public ZombieChild? Zombie { get; init; }

    /// <summary>Name for messages.</summary>
    public string Name { get; init; } = "";

    /// <summary>The process that creates it; null: the supervisor.</summary>
    public TreeNode? Creator { get; set; }

    /// <summary>Created before its creator begins a session of its own: it stays in the one before.</summary>
    public bool IsBeforeSession { get; set; }

    /// <summary>Whom it creates, in order.</summary>
    public List<TreeNode> Created { get; } = [];

    /// <summary>It is a process that <c>interpose run</c> had started.</summary>
    public bool IsRoot => Process?.Identity.IsRoot == true;

    /// <summary>It adopts orphans among its descendants (PR_SET_CHILD_SUBREAPER).</summary>
    public bool IsSubreaper => Process?.Attributes.ChildSubreaper == true;

    public bool IsSessionLeader => Session != Outside && Session == Pid;

    public bool IsGroupLeader => Group != Outside && Group == Pid;
}
