using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Answer to the status request.</summary>
public sealed record StatusReply : IRecord<StatusReply>
{
    /// <summary>More processes than this are not believed.</summary>
    public const int MaxProcesses = 1 << 20;

    /// <summary>The computation.</summary>
    public required string Computation { get; init; }

    /// <summary>Process id of the coordinator.</summary>
    public required int CoordinatorPid { get; init; }

    /// <summary>Where it listens.</summary>
    public required string Address { get; init; }

    /// <summary>Directory in which checkpoints are made.</summary>
    public required string CheckpointDirectory { get; init; }

    /// <summary>Codec of new images.</summary>
    public required string Codec { get; init; }

    /// <summary>The phase of the operation in progress.</summary>
    public required Phase Phase { get; init; }

    /// <summary>Epoch of the operation in progress, otherwise of the last checkpoint; 0 for none.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Time between automatic checkpoints in milliseconds; 0 for none.</summary>
    public required ulong IntervalMilliseconds { get; init; }

    /// <summary>When the coordinator started.</summary>
    public required long StartedUnixMilliseconds { get; init; }

    /// <summary>The last checkpoint; an empty path for none.</summary>
    public required CheckpointReply LastCheckpoint { get; init; }

    /// <summary>When the last checkpoint was committed; 0 for none.</summary>
    public required long LastCheckpointUnixMilliseconds { get; init; }

    /// <summary>Why the last checkpoint that failed did; empty for none.</summary>
    public required string LastFailure { get; init; }

    /// <summary>Whom the operation in progress waits for; empty for nobody.</summary>
    public string Waiting { get; init; } = string.Empty;

    /// <summary>The host that the others had to wait for in the last checkpoint; empty for none.</summary>
    public string Slowest { get; init; } = string.Empty;

    /// <summary>The processes that are connected.</summary>
    public required IReadOnlyList<ProcessStatus> Processes { get; init; }

    /// <inheritdoc/>
    public int FieldCount => 15;

    /// <inheritdoc/>
    public static StatusReply ReadFields(ref FieldReader reader) =>
        new()
        {
            Computation = reader.ReadString("computation"),
            CoordinatorPid = reader.ReadInt32("coordinatorPid"),
            Address = reader.ReadString("address"),
            CheckpointDirectory = reader.ReadString("checkpointDirectory"),
            Codec = reader.ReadString("codec"),
            Phase = reader.ReadPhase("phase"),
            Epoch = reader.ReadUInt64("epoch"),
            IntervalMilliseconds = reader.ReadUInt64("interval"),
            StartedUnixMilliseconds = reader.ReadInt64("started"),
            LastCheckpoint = MessageCodec.ReadRecord<CheckpointReply>(reader.ReadRaw("lastCheckpoint")),
            LastCheckpointUnixMilliseconds = reader.ReadInt64("lastCheckpointTime"),
            LastFailure = reader.ReadString("lastFailure"),
            Waiting = reader.ReadString("waiting"),
            Slowest = reader.ReadString("slowest"),
            Processes = reader.ReadList<ProcessStatus>("processes", MaxProcesses),
        };

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Computation);
        writer.Write(CoordinatorPid);
        writer.Write(Address);
        writer.Write(CheckpointDirectory);
        writer.Write(Codec);
        writer.Write((int)Phase);
        writer.Write(Epoch);
        writer.Write(IntervalMilliseconds);
        writer.Write(StartedUnixMilliseconds);
        MessageCodec.WriteRecord(ref writer, LastCheckpoint);
        writer.Write(LastCheckpointUnixMilliseconds);
        writer.Write(LastFailure);
        writer.Write(Waiting);
        writer.Write(Slowest);
        MessageCodec.WriteList(ref writer, Processes);
    }
}
