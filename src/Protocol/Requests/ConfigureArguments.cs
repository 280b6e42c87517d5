using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Arguments of the configure request. What is not given stays as it is.</summary>
/// <param name="IntervalMilliseconds">Time between automatic checkpoints, 0 for none; -1 when not given.</param>
/// <param name="CheckpointRoot">Absolute directory of all computations; empty when not given.</param>
/// <param name="Codec">Codec of new images; empty when not given.</param>
/// <param name="Leaks">What is done about objects shared with the outside: fail, warn or ignore; empty when not given.</param>
public sealed record ConfigureArguments(
    long IntervalMilliseconds = -1,
    string CheckpointRoot = "",
    string Codec = "",
    string Leaks = "") : IRecord<ConfigureArguments>
{
    /// <inheritdoc/>
    public int FieldCount => 4;

    /// <inheritdoc/>
    public static ConfigureArguments ReadFields(ref FieldReader reader) =>
        new(reader.ReadInt64("interval"), reader.ReadString("checkpointRoot"), reader.ReadString("codec"), reader.HasMore ? reader.ReadString("leaks") : string.Empty);

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(IntervalMilliseconds);
        writer.Write(CheckpointRoot);
        writer.Write(Codec);
        writer.Write(Leaks);
    }
}
