namespace Interpose.Restart.Tree;

/// <summary>Why a restart creates a process.</summary>
internal enum NodeKind
{
    /// <summary>It is in the checkpoint.</summary>
    Process,

    /// <summary>It had ended; its parent is going to ask for its status.</summary>
    Zombie,

    /// <summary>
    /// It had ended and is forgotten, but a session or a process group still has its number: it lives for as long as it
    /// takes the others to join.
    /// </summary>
    Leader,

    /// <summary>It stands between two processes for a moment: when it ends, its child becomes an orphan, as it was.</summary>
    Between,
}
