using Interpose.Linux.Census;
using Interpose.Protocol.Requests;

namespace Interpose.Cli.Output;

/// <summary>The state of a coordinator as JSON.</summary>
internal sealed record StatusReport
{
    /// <summary>Version of this report.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The computation.</summary>
    public required string Computation { get; init; }

    /// <summary>Where the coordinator listens.</summary>
    public required string Coordinator { get; init; }

    /// <summary>Its process id.</summary>
    public required int CoordinatorPid { get; init; }

    /// <summary>When it started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Directory in which checkpoints are made.</summary>
    public required string CheckpointDirectory { get; init; }

    /// <summary>Codec of new images.</summary>
    public required string Codec { get; init; }

    /// <summary>The phase of the operation in progress.</summary>
    public required string Phase { get; init; }

    /// <summary>Epoch of the operation in progress, otherwise of the last one.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Seconds between automatic checkpoints; 0 for none.</summary>
    public required double IntervalSeconds { get; init; }

    /// <summary>The last checkpoint of this coordinator; null for none.</summary>
    public required CheckpointReport? LastCheckpoint { get; init; }

    /// <summary>When that was committed; null for none.</summary>
    public required DateTimeOffset? LastCheckpointTime { get; init; }

    /// <summary>Why the last checkpoint failed; null when it did not.</summary>
    public required string? LastFailure { get; init; }

    /// <summary>Whom the operation in progress waits for, by host; null for nobody.</summary>
    public required string? Waiting { get; init; }

    /// <summary>The host that the others had to wait for in the last checkpoint; null for none.</summary>
    public required string? SlowestHost { get; init; }

    /// <summary>The processes.</summary>
    public required IReadOnlyList<ProcessReport> Processes { get; init; }

    /// <summary>Processes of the computation that cannot be part of a checkpoint.</summary>
    public required IReadOnlyList<OutsideReport> Outside { get; init; }

    /// <summary>From the coordinator's answer, and what was found on this host.</summary>
    public static StatusReport From(StatusReply reply, IEnumerable<FoundProcess> outside)
    {
        bool any = reply.LastCheckpoint.Path.Length > 0;
        return new StatusReport
        {
            Computation = reply.Computation,
            Coordinator = reply.Address,
            CoordinatorPid = reply.CoordinatorPid,
            Started = DateTimeOffset.FromUnixTimeMilliseconds(reply.StartedUnixMilliseconds),
            CheckpointDirectory = reply.CheckpointDirectory,
            Codec = reply.Codec,
            Phase = reply.Phase.ToString(),
            Epoch = reply.Epoch,
            IntervalSeconds = reply.IntervalMilliseconds / 1000.0,
            LastCheckpoint = any ? CheckpointReport.From(reply.LastCheckpoint, committed: true) : null,
            LastCheckpointTime = any ? DateTimeOffset.FromUnixTimeMilliseconds(reply.LastCheckpointUnixMilliseconds) : null,
            LastFailure = reply.LastFailure.Length > 0 ? reply.LastFailure : null,
            Waiting = reply.Waiting.Length > 0 ? reply.Waiting : null,
            SlowestHost = reply.Slowest.Length > 0 ? reply.Slowest : null,
            Processes = [.. reply.Processes.Select(ProcessReport.From)],
            Outside = [.. outside.Select(OutsideReport.From)],
        };
    }
}
