using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>A process has done a phase.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Image">What was written; only for <see cref="Protocol.Phase.Write"/>.</param>
public sealed record PhaseDoneMessage(ulong Epoch, Phase Phase, ImageReport? Image) : IMessage<PhaseDoneMessage>
{
    /// <summary>More keys than this are not accepted.</summary>
    public const int MaxPublished = 1 << 18;

    /// <summary>More file descriptors than this are not accepted.</summary>
    public const int MaxIgnored = 1 << 10;

    /// <summary>More processes than this are not believed.</summary>
    public const int MaxCensus = 1 << 16;

    /// <summary>Kernel objects that others may hold too; only for <see cref="Protocol.Phase.Drain"/>.</summary>
    public IReadOnlyList<PublishedKey> Published { get; init; } = [];

    /// <summary>File descriptors of which the program says that they are no leaks; only for <see cref="Protocol.Phase.Suspend"/>.</summary>
    public IReadOnlyList<int> Ignored { get; init; } = [];

    /// <summary>The computation's processes on the host; only for <see cref="Protocol.Phase.Census"/>.</summary>
    public IReadOnlyList<CensusEntry> Census { get; init; } = [];

    /// <inheritdoc/>
    public static MessageType Type => MessageType.PhaseDone;

    /// <inheritdoc/>
    public int FieldCount => 2 + (Phase is Phase.Drain or Phase.Census || HasIgnored ? 1 : Image?.FieldCount ?? 0);

    private bool HasIgnored => Phase == Phase.Suspend && Ignored.Count > 0;

    /// <inheritdoc/>
    public static PhaseDoneMessage ReadFields(ref FieldReader reader)
    {
        ulong epoch = reader.ReadUInt64("epoch");
        Phase phase = reader.ReadPhase("phase");
        return phase switch
        {
            Phase.Write => new(epoch, phase, ImageReport.ReadFields(ref reader)),
            Phase.Suspend when reader.HasMore => new(epoch, phase, null) { Ignored = reader.ReadInt32List("ignored", MaxIgnored) },
            Phase.Drain when reader.HasMore =>
                new(epoch, phase, null) { Published = reader.ReadList<PublishedKey>("published", MaxPublished) },
            Phase.Census => new(epoch, phase, null) { Census = reader.ReadList<CensusEntry>("census", MaxCensus) },
            _ => new(epoch, phase, null),
        };
    }

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write((int)Phase);
        switch (Phase)
        {
            case Phase.Suspend when HasIgnored:
                writer.WriteArrayHeader(Ignored.Count);
                foreach (int fd in Ignored)
                {
                    writer.Write(fd);
                }

                break;
            case Phase.Drain:
                MessageCodec.WriteList(ref writer, Published);
                break;
            case Phase.Census:
                MessageCodec.WriteList(ref writer, Census);
                break;
            default:
                Image?.WriteFields(ref writer);
                break;
        }
    }
}
