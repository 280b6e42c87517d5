namespace Interpose.Protocol;

/// <summary>Where a process stands in the barrier. The numbers travel on the wire.</summary>
public enum Phase
{
    /// <summary>The application runs; nothing is in progress.</summary>
    Running = 0,

    /// <summary>Bring every thread of every process to a stop.</summary>
    Suspend = 1,

    /// <summary>Bring data in flight between processes to rest.</summary>
    Drain = 2,

    /// <summary>Take the picture: fork the writer.</summary>
    Snapshot = 3,

    /// <summary>Put drained data back.</summary>
    Refill = 4,

    /// <summary>Let the application's threads go on.</summary>
    Resume = 5,

    /// <summary>The writers bring the images to disk while the application runs.</summary>
    Write = 6,

    /// <summary>The manifest is written; from here on the checkpoint exists.</summary>
    Commit = 7,

    /// <summary>Restart: processes, threads and memory are created.</summary>
    Create = 8,

    /// <summary>Restart: processes find their peers again.</summary>
    Connect = 9,

    /// <summary>Find out whether every process of the computation stands still. Between Suspend and Drain.</summary>
    Census = 10,
}
