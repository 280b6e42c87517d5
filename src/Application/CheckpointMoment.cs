namespace Interpose.Application;

/// <summary>When a program wants to be called.</summary>
public enum CheckpointMoment
{
    /// <summary>Before a checkpoint, which waits for the end of the call, for two seconds at most.</summary>
    BeforeCheckpoint = 0,

    /// <summary>After a checkpoint, also one that failed; the program goes on at the same time.</summary>
    AfterResume = 1,

    /// <summary>In a life that was restarted; the program goes on at the same time.</summary>
    AfterRestart = 2,
}
