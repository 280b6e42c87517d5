using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The process enters a phase and answers PhaseDone.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Phase">The phase.</param>
public sealed record EnterPhaseMessage(ulong Epoch, Phase Phase) : IMessage<EnterPhaseMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.EnterPhase;

    /// <inheritdoc/>
    public int FieldCount => 2;

    /// <inheritdoc/>
    public static EnterPhaseMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt64("epoch"),
            (Phase)reader.ReadInt32("phase", (int)Phase.Connect));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write((int)Phase);
    }
}
