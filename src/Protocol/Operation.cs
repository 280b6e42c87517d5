namespace Interpose.Protocol;

/// <summary>The two walks through the phases.</summary>
public enum Operation
{
    /// <summary>Suspend, Census, Drain, Snapshot, Refill, Resume, Write, Commit.</summary>
    Checkpoint,

    /// <summary>Create, Connect, Refill, Resume.</summary>
    Restart,
}
