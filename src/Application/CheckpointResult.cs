namespace Interpose.Application;

/// <summary>In which life a request for a checkpoint has returned.</summary>
public enum CheckpointResult
{
    /// <summary>The program does not run under Interpose; there is no checkpoint.</summary>
    Absent = 0,

    /// <summary>The checkpoint is on disk, and this is the life that goes on.</summary>
    Resumed = 1,

    /// <summary>This is a life that was restarted from a checkpoint.</summary>
    Restarted = 2,
}
