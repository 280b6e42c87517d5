using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>One host of a restart is ready to connect its processes with those of the other hosts.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Parts">How many hosts there are.</param>
/// <param name="Part">This one.</param>
public sealed record RestartPartArguments(ulong Epoch, int Parts, RestartPart Part) : IRecord<RestartPartArguments>
{
    /// <inheritdoc/>
    public int FieldCount => 3;

    /// <inheritdoc/>
    public static RestartPartArguments ReadFields(ref FieldReader reader)
    {
        ulong epoch = reader.ReadUInt64("epoch");
        int parts = reader.ReadInt32("parts");
        RestartPart[] part = reader.ReadList<RestartPart>("part", 1);
        return part.Length == 1 ? new(epoch, parts, part[0]) : throw new ProtocolException("a part of a restart without a host");
    }

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write(Parts);
        MessageCodec.WriteList(ref writer, [Part]);
    }
}
