using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The process enters a phase and answers PhaseDone.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Phase">The phase.</param>
public sealed record EnterPhaseMessage(ulong Epoch, Phase Phase) : IMessage<EnterPhaseMessage>
{
    /// <summary>More entries than this are not accepted.</summary>
    public const int MaxFound = 1 << 20;

    /// <summary>
    /// What other processes published under keys that this one published too, by process id, then value; only for
    /// <see cref="Protocol.Phase.Snapshot"/>.
    /// </summary>
    public IReadOnlyList<FoundKey> Found { get; init; } = [];

    /// <inheritdoc/>
    public static MessageType Type => MessageType.EnterPhase;

    /// <inheritdoc/>
    public int FieldCount => Phase == Phase.Snapshot ? 3 : 2;

    /// <inheritdoc/>
    public static EnterPhaseMessage ReadFields(ref FieldReader reader)
    {
        ulong epoch = reader.ReadUInt64("epoch");
        Phase phase = reader.ReadPhase("phase");
        return phase == Phase.Snapshot && reader.HasMore
            ? new(epoch, phase) { Found = reader.ReadList<FoundKey>("found", MaxFound) }
            : new(epoch, phase);
    }

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write((int)Phase);
        if (Phase == Phase.Snapshot)
        {
            MessageCodec.WriteList(ref writer, Found);
        }
    }
}
