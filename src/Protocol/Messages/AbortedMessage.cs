using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The process gave the checkpoint up and runs.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
public sealed record AbortedMessage(ulong Epoch) : IMessage<AbortedMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Aborted;

    /// <inheritdoc/>
    public int FieldCount => 1;

    /// <inheritdoc/>
    public static AbortedMessage ReadFields(ref FieldReader reader) =>
        new(reader.ReadUInt64("epoch"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
    }
}
