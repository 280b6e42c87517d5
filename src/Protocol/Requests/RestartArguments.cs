using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Announces the processes of a restart.</summary>
/// <param name="Computation">The computation that comes back.</param>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Directory">The checkpoint it comes from.</param>
/// <param name="Processes">How many processes to wait for.</param>
/// <param name="CheckpointRoot">Where further checkpoints go; empty to leave that as it is.</param>
public sealed record RestartArguments(
    string Computation,
    ulong Epoch,
    string Directory,
    int Processes,
    string CheckpointRoot) : IRecord<RestartArguments>
{
    /// <summary>Who they are, so that one that does not come back can be named; empty when that is not known.</summary>
    public IReadOnlyList<ExpectedProcess> Expected { get; init; } = [];

    /// <summary>Why it is withdrawn: where and what failed; empty in an announcement.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <inheritdoc/>
    public int FieldCount => 7;

    /// <inheritdoc/>
    public static RestartArguments ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadString("computation"),
            reader.ReadUInt64("epoch"),
            reader.ReadString("directory"),
            reader.ReadInt32("processes"),
            reader.ReadString("checkpointRoot"))
        {
            Expected = reader.HasMore ? reader.ReadList<ExpectedProcess>("expected", StatusReply.MaxProcesses) : [],
            Reason = reader.HasMore ? reader.ReadString("reason") : string.Empty,
        };

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Computation);
        writer.Write(Epoch);
        writer.Write(Directory);
        writer.Write(Processes);
        writer.Write(CheckpointRoot);
        MessageCodec.WriteList(ref writer, Expected);
        writer.Write(Reason);
    }
}
