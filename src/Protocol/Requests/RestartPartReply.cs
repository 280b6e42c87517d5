using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Where all hosts of a restart accept connections.</summary>
/// <param name="Parts">Every host, the one that asked included.</param>
public sealed record RestartPartReply(IReadOnlyList<RestartPart> Parts) : IRecord<RestartPartReply>
{
    /// <summary>Hosts of one computation.</summary>
    public const int MaxParts = 65_536;

    /// <inheritdoc/>
    public int FieldCount => 1;

    /// <inheritdoc/>
    public static RestartPartReply ReadFields(ref FieldReader reader) => new(reader.ReadList<RestartPart>("parts", MaxParts));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer) => MessageCodec.WriteList(ref writer, Parts);
}
