using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The process sends itself a signal.</summary>
/// <param name="Signal">Signal number.</param>
public sealed record KillMessage(int Signal) : IMessage<KillMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Kill;

    /// <inheritdoc/>
    public int FieldCount => 1;

    /// <inheritdoc/>
    public static KillMessage ReadFields(ref FieldReader reader) =>
        new(reader.ReadInt32("signal"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Signal);
    }
}
