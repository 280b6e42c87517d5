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
    /// What other processes published under keys that this one published too, for each key by process id, then value; only
    /// for <see cref="Protocol.Phase.Snapshot"/>.
    /// </summary>
    public IReadOnlyList<FoundKey> Found { get; init; } = [];

    /// <summary>The same for sending, in place of <see cref="Found"/>.</summary>
    public EncodedList? EncodedFound { get; init; }

    /// <summary>The computation whose processes are to be found; only for <see cref="Protocol.Phase.Census"/>.</summary>
    public string Computation { get; init; } = string.Empty;

    /// <summary>
    /// Process ids on the receiver's host that need not be looked for, but whose children do; only for
    /// <see cref="Protocol.Phase.Census"/>.
    /// </summary>
    public IReadOnlyList<int> Known { get; init; } = [];

    /// <summary>The computation is on more than one host; only for <see cref="Protocol.Phase.Drain"/>.</summary>
    public bool SpansHosts { get; init; }

    /// <inheritdoc/>
    public static MessageType Type => MessageType.EnterPhase;

    /// <inheritdoc/>
    public int FieldCount => Phase switch
    {
        Phase.Snapshot => 3,
        Phase.Drain when SpansHosts => 3,
        Phase.Census => 4,
        _ => 2,
    };

    /// <inheritdoc/>
    public static EnterPhaseMessage ReadFields(ref FieldReader reader)
    {
        ulong epoch = reader.ReadUInt64("epoch");
        Phase phase = reader.ReadPhase("phase");
        return phase switch
        {
            Phase.Snapshot when reader.HasMore =>
                new(epoch, phase) { Found = reader.ReadList<FoundKey>("found", MaxFound) },
            Phase.Drain when reader.HasMore => new(epoch, phase) { SpansHosts = reader.ReadBoolean("spans hosts") },
            Phase.Census => new(epoch, phase)
            {
                Computation = reader.ReadString("computation"),
                Known = reader.ReadInt32List("known", PhaseDoneMessage.MaxCensus),
            },
            _ => new(epoch, phase),
        };
    }

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write((int)Phase);
        switch (Phase)
        {
            case Phase.Snapshot when EncodedFound is not null:
                EncodedFound.Write(ref writer);
                break;
            case Phase.Snapshot:
                MessageCodec.WriteList(ref writer, Found);
                break;
            case Phase.Drain when SpansHosts:
                writer.Write(SpansHosts);
                break;
            case Phase.Census:
                writer.Write(Computation);
                writer.WriteArrayHeader(Known.Count);
                foreach (int pid in Known)
                {
                    writer.Write(pid);
                }

                break;
            default:
                break;
        }
    }
}
