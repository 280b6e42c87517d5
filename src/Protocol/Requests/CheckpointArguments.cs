using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Arguments of the checkpoint request.</summary>
/// <param name="Wait">Answer when the checkpoint is committed rather than when it begins.</param>
/// <param name="Stop">End the processes after the commit.</param>
/// <param name="TimeoutMilliseconds">Limit for the whole checkpoint; 0 for the limits of the phases alone.</param>
/// <param name="AllowUnmanaged">Leave out processes that cannot be entered, instead of giving up because of them.</param>
/// <param name="KeepConnections">With Stop: peers outside are not told of the end, so that a restart can go on with them.</param>
public sealed record CheckpointArguments(
    bool Wait,
    bool Stop,
    ulong TimeoutMilliseconds,
    bool AllowUnmanaged = false,
    bool KeepConnections = false) : IRecord<CheckpointArguments>
{
    /// <inheritdoc/>
    public int FieldCount => 5;

    /// <inheritdoc/>
    public static CheckpointArguments ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadBoolean("wait"),
            reader.ReadBoolean("stop"),
            reader.ReadUInt64("timeoutMilliseconds"),
            reader.HasMore && reader.ReadBoolean("allowUnmanaged"),
            reader.HasMore && reader.ReadBoolean("keepConnections"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Wait);
        writer.Write(Stop);
        writer.Write(TimeoutMilliseconds);
        writer.Write(AllowUnmanaged);
        writer.Write(KeepConnections);
    }
}
