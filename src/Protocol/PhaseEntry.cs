namespace Interpose.Protocol;

/// <summary>What makes a process enter a phase.</summary>
public enum PhaseEntry
{
    /// <summary>The Checkpoint message, which carries directory and codec.</summary>
    CheckpointMessage,

    /// <summary>The Phase message.</summary>
    PhaseMessage,

    /// <summary>Nothing is sent: the process is in this phase by itself and reports when it is done.</summary>
    BySelf,
}
