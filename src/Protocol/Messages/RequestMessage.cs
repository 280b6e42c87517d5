using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>A command asks the coordinator for something.</summary>
/// <param name="Id">Chosen by the client, repeated in the answer.</param>
/// <param name="Verb">One of <see cref="Requests.Verb"/>.</param>
/// <param name="Arguments">The verb's record, encoded; an empty array when it has none.</param>
public sealed record RequestMessage(uint Id, string Verb, ReadOnlyMemory<byte> Arguments) : IMessage<RequestMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Request;

    /// <inheritdoc/>
    public int FieldCount => 3;

    /// <inheritdoc/>
    public static RequestMessage ReadFields(ref FieldReader reader) =>
        new(reader.ReadUInt32("id"), reader.ReadString("verb", 64), reader.ReadRaw("arguments"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Id);
        writer.Write(Verb);
        RawField.Write(ref writer, Arguments);
    }
}
