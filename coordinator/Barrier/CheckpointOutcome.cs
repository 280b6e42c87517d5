using Interpose.Protocol;
using Interpose.Protocol.Requests;

namespace Interpose.Coordinator.Barrier;

/// <summary>How a checkpoint ended.</summary>
/// <param name="Code">The exit code of the request.</param>
/// <param name="Message">What failed and what to do; when it was committed, what to know about it, or nothing.</param>
/// <param name="Reply">The checkpoint; null when there is none.</param>
public sealed record CheckpointOutcome(ExitCode Code, string Message, CheckpointReply? Reply)
{
    /// <summary>What stood in the way is about to pass: it is worth another try at once.</summary>
    public bool IsTransient { get; init; }
}
