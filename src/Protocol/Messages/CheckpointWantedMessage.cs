using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The program of a process asks for a checkpoint of the whole computation. The shim writes it.</summary>
public sealed record CheckpointWantedMessage : IMessage<CheckpointWantedMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.CheckpointWanted;

    /// <inheritdoc/>
    public int FieldCount => 0;

    /// <inheritdoc/>
    public static CheckpointWantedMessage ReadFields(ref FieldReader reader) => new();

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
    }
}
