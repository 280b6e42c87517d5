using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The process cannot do a phase.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Code">Why, as an exit code.</param>
/// <param name="Message">What failed, where, why and what to do.</param>
public sealed record FailedMessage(ulong Epoch, Phase Phase, ExitCode Code, string Message) : IMessage<FailedMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Failed;

    /// <inheritdoc/>
    public int FieldCount => 4;

    /// <inheritdoc/>
    public static FailedMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt64("epoch"),
            reader.ReadPhase("phase"),
            (ExitCode)reader.ReadInt32("code", 255),
            reader.ReadString("message"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write((int)Phase);
        writer.Write((int)Code);
        writer.Write(Message);
    }
}
