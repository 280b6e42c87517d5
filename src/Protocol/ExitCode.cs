namespace Interpose.Protocol;

/// <summary>Exit codes of <c>interpose</c>, also carried in messages. Published; never renumber.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Something failed that has no code of its own.</summary>
    Failure = 1,

    /// <summary>The command line was wrong.</summary>
    Usage = 2,

    /// <summary>No coordinator could be reached.</summary>
    NoCoordinator = 3,

    /// <summary>The coordinator is busy, or the computation is not in a state that allows the request.</summary>
    Busy = 4,

    /// <summary>A time limit passed.</summary>
    Timeout = 5,

    /// <summary>An image is damaged or does not fit this machine.</summary>
    ImageInvalid = 6,

    /// <summary>A process or resource of a kind that cannot be checkpointed.</summary>
    Unsupported = 7,
}
