using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The connection is closed by the coordinator.</summary>
/// <param name="Reason">For the user.</param>
public sealed record RefuseMessage(string Reason) : IMessage<RefuseMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Refuse;

    /// <inheritdoc/>
    public int FieldCount => 1;

    /// <inheritdoc/>
    public static RefuseMessage ReadFields(ref FieldReader reader) =>
        new(reader.ReadString("reason"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Reason);
    }
}
