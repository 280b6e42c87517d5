using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Arguments of the kill request.</summary>
/// <param name="Signal">Signal number.</param>
public sealed record KillArguments(int Signal) : IRecord<KillArguments>
{
    /// <inheritdoc/>
    public int FieldCount => 1;

    /// <inheritdoc/>
    public static KillArguments ReadFields(ref FieldReader reader) =>
        new(reader.ReadInt32("signal"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Signal);
    }
}
