using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The coordinator proves that it knows the secret too.</summary>
/// <param name="Mac">The proof.</param>
public sealed record AcceptMessage(byte[] Mac) : IMessage<AcceptMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Accept;

    /// <inheritdoc/>
    public int FieldCount => 1;

    /// <inheritdoc/>
    public static AcceptMessage ReadFields(ref FieldReader reader) =>
        new(reader.ReadBytes("mac", Handshake.NonceSize));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Mac);
    }
}
