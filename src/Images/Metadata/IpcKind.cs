namespace Interpose.Images.Metadata;

/// <summary>Kinds of System V IPC objects (svipc(7)). The numbers are part of the image format.</summary>
public enum IpcKind
{
    /// <summary>Not written by any version of Interpose.</summary>
    Unknown = 0,

    /// <summary>shmget(2).</summary>
    Segment = 1,

    /// <summary>semget(2).</summary>
    Semaphores = 2,

    /// <summary>msgget(2).</summary>
    Queue = 3,
}
