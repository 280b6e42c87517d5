using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>Begins a checkpoint: the process enters Suspend and answers PhaseDone.</summary>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Directory">Where the image goes.</param>
/// <param name="Codec">none, zstd or auto.</param>
/// <param name="Stop">The application does not run on: there is no Refill and no Resume, the process is killed in the end.</param>
/// <param name="KeepConnections">With Stop: peers outside are not told of the end, so that a restart can go on with them.</param>
/// <param name="Service">Name of an abstract unix socket (unix(7)) where the coordinator does for this process what it may not; empty: there is none.</param>
/// <param name="Ticket">What it shows there.</param>
public sealed record CheckpointMessage(
    ulong Epoch, string Directory, string Codec, bool Stop = false, bool KeepConnections = false, string Service = "", string Ticket = "")
    : IMessage<CheckpointMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Checkpoint;

    /// <inheritdoc/>
    public int FieldCount => Service.Length == 0 ? 5 : 7;

    /// <inheritdoc/>
    public static CheckpointMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt64("epoch"),
            reader.ReadString("directory"),
            reader.ReadString("codec"),
            reader.HasMore && reader.ReadBoolean("stop"),
            reader.HasMore && reader.ReadBoolean("keepConnections"),
            reader.HasMore ? reader.ReadString("service") : string.Empty,
            reader.HasMore ? reader.ReadString("ticket") : string.Empty);

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Epoch);
        writer.Write(Directory);
        writer.Write(Codec);
        writer.Write(Stop);
        writer.Write(KeepConnections);
        if (Service.Length > 0)
        {
            writer.Write(Service);
            writer.Write(Ticket);
        }
    }
}
