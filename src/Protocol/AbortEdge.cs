namespace Interpose.Protocol;

/// <summary>What happens when a phase fails or takes too long.</summary>
public enum AbortEdge
{
    /// <summary>Every process gets Abort and runs on; the unfinished directory is removed.</summary>
    RunOn,

    /// <summary>Half-restored processes cannot run: they are ended. The checkpoint they came from is untouched.</summary>
    EndProcesses,

    /// <summary>The checkpoint already exists; a process that does not answer only causes a warning.</summary>
    Ignore,
}
