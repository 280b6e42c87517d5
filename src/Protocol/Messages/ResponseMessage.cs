using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The answer to a request.</summary>
/// <param name="Id">The request's.</param>
/// <param name="Code">How it ended.</param>
/// <param name="Message">For the user: what failed, where, why and what to do; empty when all went well.</param>
/// <param name="Payload">The verb's answer record, encoded; an empty array when it has none.</param>
public sealed record ResponseMessage(uint Id, ExitCode Code, string Message, ReadOnlyMemory<byte> Payload)
    : IMessage<ResponseMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Response;

    /// <inheritdoc/>
    public int FieldCount => 4;

    /// <inheritdoc/>
    public static ResponseMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt32("id"),
            (ExitCode)reader.ReadInt32("exitCode", 255),
            reader.ReadString("message"),
            reader.ReadRaw("payload"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Id);
        writer.Write((int)Code);
        writer.Write(Message);
        RawField.Write(ref writer, Payload);
    }
}
