using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The process gives the checkpoint up, runs on and answers Aborted.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Reason">For the log.</param>
public sealed record AbortMessage(ulong Epoch, string Reason) : IMessage<AbortMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Abort;

    /// <inheritdoc/>
    public int FieldCount => 2;

    /// <inheritdoc/>
    public static AbortMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt64("epoch"),
            reader.ReadString("reason"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write(Reason);
    }
}
