using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The checkpoint that the program of a process asked for has ended.</summary>
/// <param name="Code"><see cref="ExitCode.Ok"/> when it is on disk.</param>
/// <param name="Message">Why there is none.</param>
public sealed record CheckpointEndedMessage(ExitCode Code, string Message) : IMessage<CheckpointEndedMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.CheckpointEnded;

    /// <inheritdoc/>
    public int FieldCount => 2;

    /// <inheritdoc/>
    public static CheckpointEndedMessage ReadFields(ref FieldReader reader) =>
        new((ExitCode)reader.ReadInt32("code"), reader.ReadString("message"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write((int)Code);
        writer.Write(Message);
    }
}
