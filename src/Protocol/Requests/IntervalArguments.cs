using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Arguments of the interval request.</summary>
/// <param name="Milliseconds">Time between checkpoints; 0 for none.</param>
public sealed record IntervalArguments(ulong Milliseconds) : IRecord<IntervalArguments>
{
    /// <inheritdoc/>
    public int FieldCount => 1;

    /// <inheritdoc/>
    public static IntervalArguments ReadFields(ref FieldReader reader) =>
        new(reader.ReadUInt64("milliseconds"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Milliseconds);
    }
}
