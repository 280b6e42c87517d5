using Interpose.Protocol;
using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator.Logging;

/// <summary>Everything the coordinator logs.</summary>
internal static partial class CoordinatorLog
{
    [LoggerMessage(1, LogLevel.Information, "listening on {Address}, computation {Computation}")]
    public static partial void Listening(this ILogger logger, string address, string computation);

    [LoggerMessage(2, LogLevel.Warning, "connection from {Peer} refused: {Reason}")]
    public static partial void Refused(this ILogger logger, string peer, string reason);

    [LoggerMessage(24, LogLevel.Warning, "{Count} more connections were refused in the last minutes")]
    public static partial void RefusedMore(this ILogger logger, int count);

    [LoggerMessage(3, LogLevel.Information, "{Process} joined from {Peer}")]
    public static partial void Joined(this ILogger logger, string process, string peer);

    [LoggerMessage(4, LogLevel.Information, "{Process} left")]
    public static partial void Left(this ILogger logger, string process);

    [LoggerMessage(5, LogLevel.Warning, "connection of {Process} closed: {Reason}")]
    public static partial void Dropped(this ILogger logger, string process, string reason);

    [LoggerMessage(6, LogLevel.Information, "checkpoint {Epoch} of {Processes} processes begins in {Directory}")]
    public static partial void CheckpointBegins(this ILogger logger, ulong epoch, int processes, string directory);

    [LoggerMessage(7, LogLevel.Debug, "epoch {Epoch}: phase {Phase}")]
    public static partial void PhaseEntered(this ILogger logger, ulong epoch, Phase phase);

    [LoggerMessage(8, LogLevel.Information, "checkpoint {Epoch} committed: {Bytes} bytes in {Milliseconds} ms")]
    public static partial void Committed(this ILogger logger, ulong epoch, ulong bytes, long milliseconds);

    [LoggerMessage(9, LogLevel.Error, "checkpoint {Epoch} given up: {Reason}")]
    public static partial void Aborted(this ILogger logger, ulong epoch, string reason);

    [LoggerMessage(10, LogLevel.Warning, "{Process} did not acknowledge the abort of checkpoint {Epoch} in time")]
    public static partial void AbortUnacknowledged(this ILogger logger, string process, ulong epoch);

    [LoggerMessage(11, LogLevel.Warning, "cannot remove {Directory}: {Reason}")]
    public static partial void CannotRemove(this ILogger logger, string directory, string reason);

    [LoggerMessage(12, LogLevel.Information, "restart of {Processes} processes of {Computation}, epoch {Epoch}, expected")]
    public static partial void RestartBegins(this ILogger logger, int processes, string computation, ulong epoch);

    [LoggerMessage(13, LogLevel.Information, "restart from epoch {Epoch} complete after {Milliseconds} ms")]
    public static partial void Restarted(this ILogger logger, ulong epoch, long milliseconds);

    [LoggerMessage(14, LogLevel.Error, "restart from epoch {Epoch} failed: {Reason}")]
    public static partial void RestartFailed(this ILogger logger, ulong epoch, string reason);

    [LoggerMessage(15, LogLevel.Information, "automatic checkpoint skipped: {Reason}")]
    public static partial void TickSkipped(this ILogger logger, string reason);

    [LoggerMessage(16, LogLevel.Information, "automatic checkpoints every {Interval}")]
    public static partial void IntervalSet(this ILogger logger, TimeSpan interval);

    [LoggerMessage(17, LogLevel.Information, "ending: {Reason}")]
    public static partial void Ending(this ILogger logger, string reason);

    [LoggerMessage(18, LogLevel.Critical, "internal error")]
    public static partial void InternalError(this ILogger logger, Exception exception);

    [LoggerMessage(20, LogLevel.Information, "signal {Signal} sent to {Processes} processes")]
    public static partial void Signalled(this ILogger logger, int signal, int processes);

    [LoggerMessage(21, LogLevel.Warning, "{Process}: late or unexpected message ignored: {Message}")]
    public static partial void Ignored(this ILogger logger, string process, string message);

    [LoggerMessage(22, LogLevel.Information, "{Process} is stopped: continued for the checkpoint")]
    public static partial void ContinuedForCheckpoint(this ILogger logger, string process);

    [LoggerMessage(23, LogLevel.Warning, "checkpoint {Epoch}: shared with processes outside: {Leaks}")]
    public static partial void LeaksFound(this ILogger logger, ulong epoch, string leaks);
}
