using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Answer to the checkpoint request.</summary>
/// <param name="Path">Directory of the checkpoint.</param>
/// <param name="Epoch">Number of the checkpoint within its computation.</param>
/// <param name="Processes">How many processes are in it; 0 when the answer came before the commit.</param>
/// <param name="ImageBytes">Bytes of all images.</param>
/// <param name="RawBytes">Bytes of memory they hold.</param>
/// <param name="PauseMicroseconds">The longest time a process stood still.</param>
/// <param name="ElapsedMicroseconds">From the request to the commit.</param>
public sealed record CheckpointReply(
    string Path,
    ulong Epoch,
    int Processes,
    ulong ImageBytes,
    ulong RawBytes,
    ulong PauseMicroseconds,
    ulong ElapsedMicroseconds) : IRecord<CheckpointReply>
{
    /// <inheritdoc/>
    public int FieldCount => 7;

    /// <inheritdoc/>
    public static CheckpointReply ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadString("path"),
            reader.ReadUInt64("epoch"),
            reader.ReadInt32("processes"),
            reader.ReadUInt64("imageBytes"),
            reader.ReadUInt64("rawBytes"),
            reader.ReadUInt64("pauseMicroseconds"),
            reader.ReadUInt64("elapsedMicroseconds"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Path);
        writer.Write(Epoch);
        writer.Write(Processes);
        writer.Write(ImageBytes);
        writer.Write(RawBytes);
        writer.Write(PauseMicroseconds);
        writer.Write(ElapsedMicroseconds);
    }
}
