using System.Collections.Immutable;

namespace Interpose.Protocol;

/// <summary>
/// The one transition table of the barrier, shared by the coordinator and the agents, so that the two can never
/// disagree on what follows what.
/// </summary>
public sealed class PhaseTable
{
    private readonly ImmutableArray<PhaseRow> _rows;

    /// <summary>Creates a table. Only tests have a reason to use another one than <see cref="Default"/>.</summary>
    public PhaseTable(IEnumerable<PhaseRow> rows) => _rows = [.. rows];

    /// <summary>
    /// The table. The phases in which the application stands still have short limits: a hang there is worse than a
    /// lost checkpoint. Write runs beside the application and depends on the disk, so it may take long.
    /// </summary>
    public static PhaseTable Default { get; } = new(
    [
        Row(Operation.Checkpoint, Phase.Suspend, Phase.Census, PhaseEntry.CheckpointMessage, 15, AbortEdge.RunOn),
        Row(Operation.Checkpoint, Phase.Census, Phase.Drain, PhaseEntry.PhaseMessage, 15, AbortEdge.RunOn),
        Row(Operation.Checkpoint, Phase.Drain, Phase.Snapshot, PhaseEntry.PhaseMessage, 30, AbortEdge.RunOn),
        Row(Operation.Checkpoint, Phase.Snapshot, Phase.Refill, PhaseEntry.PhaseMessage, 300, AbortEdge.RunOn),
        Row(Operation.Checkpoint, Phase.Refill, Phase.Resume, PhaseEntry.PhaseMessage, 30, AbortEdge.RunOn),
        Row(Operation.Checkpoint, Phase.Resume, Phase.Write, PhaseEntry.PhaseMessage, 15, AbortEdge.RunOn),
        Row(Operation.Checkpoint, Phase.Write, Phase.Commit, PhaseEntry.BySelf, 3600, AbortEdge.RunOn),
        Row(Operation.Checkpoint, Phase.Commit, Phase.Running, PhaseEntry.PhaseMessage, 15, AbortEdge.Ignore),
        Row(Operation.Restart, Phase.Create, Phase.Connect, PhaseEntry.BySelf, 300, AbortEdge.EndProcesses),
        Row(Operation.Restart, Phase.Connect, Phase.Refill, PhaseEntry.PhaseMessage, 60, AbortEdge.EndProcesses),
        Row(Operation.Restart, Phase.Refill, Phase.Resume, PhaseEntry.PhaseMessage, 30, AbortEdge.EndProcesses),
        Row(Operation.Restart, Phase.Resume, Phase.Running, PhaseEntry.PhaseMessage, 15, AbortEdge.EndProcesses),
    ]);

    /// <summary>How long processes may take to acknowledge an abort before the coordinator goes on without them.</summary>
    public TimeSpan AbortLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>All rows, in order.</summary>
    public IReadOnlyList<PhaseRow> Rows => _rows;

    /// <summary>The first phase of an operation.</summary>
    public static Phase First(Operation operation) =>
        operation == Operation.Checkpoint ? Phase.Suspend : Phase.Create;

    /// <summary>The row of a phase.</summary>
    /// <exception cref="ArgumentException">The operation has no such phase.</exception>
    public PhaseRow Get(Operation operation, Phase phase)
    {
        foreach (PhaseRow row in _rows)
        {
            if (row.Operation == operation && row.Phase == phase)
            {
                return row;
            }
        }

        throw new ArgumentException($"{operation} has no phase {phase}", nameof(phase));
    }

    /// <summary>Whether a process that stands in <paramref name="from"/> may be told to enter <paramref name="to"/>.</summary>
    public bool Allows(Operation operation, Phase from, Phase to)
    {
        if (from == Phase.Running)
        {
            return to == First(operation);
        }

        foreach (PhaseRow row in _rows)
        {
            if (row.Operation == operation && row.Phase == from)
            {
                return row.Next == to;
            }
        }

        return false;
    }

    /// <summary>The same table with every limit replaced, for tests.</summary>
    public PhaseTable WithLimits(Func<PhaseRow, TimeSpan> limit) =>
        new(_rows.Select(row => row with { Limit = limit(row) })) { AbortLimit = AbortLimit };

    private static PhaseRow Row(
        Operation operation, Phase phase, Phase next, PhaseEntry entry, int seconds, AbortEdge edge) =>
        new(operation, phase, next, entry, TimeSpan.FromSeconds(seconds), edge);
}
