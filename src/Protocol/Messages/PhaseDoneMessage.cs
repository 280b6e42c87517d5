using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>A process has done a phase.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Image">What was written; only for <see cref="Protocol.Phase.Write"/>.</param>
public sealed record PhaseDoneMessage(ulong Epoch, Phase Phase, ImageReport? Image) : IMessage<PhaseDoneMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.PhaseDone;

    /// <inheritdoc/>
    public int FieldCount => 2 + (Image?.FieldCount ?? 0);

    /// <inheritdoc/>
    public static PhaseDoneMessage ReadFields(ref FieldReader reader)
    {
        ulong epoch = reader.ReadUInt64("epoch");
        var phase = (Phase)reader.ReadInt32("phase", (int)Phase.Connect);
        return new(epoch, phase, phase == Phase.Write ? ImageReport.ReadFields(ref reader) : null);
    }

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write((int)Phase);
        Image?.WriteFields(ref writer);
    }
}
