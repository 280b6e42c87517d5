namespace Interpose.Images.Checkpoints;

/// <summary>What a directory in the place of a checkpoint turned out to be.</summary>
public enum CheckpointState
{
    /// <summary>It has a manifest that reads well. Its images have not been looked at.</summary>
    Complete,

    /// <summary>It has no manifest: being written, or left by a checkpoint that did not finish.</summary>
    Incomplete,

    /// <summary>It has a manifest that cannot be used; <see cref="CheckpointEntry.Problem"/> says why.</summary>
    Damaged,
}
