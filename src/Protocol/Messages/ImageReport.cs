using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>What a process wrote. Its fields follow those of PhaseDone directly.</summary>
/// <param name="Path">The image file.</param>
/// <param name="ImageBytes">Size of the file.</param>
/// <param name="StoredPages">Pages in the image.</param>
/// <param name="RawBytes">Bytes of memory the image holds.</param>
/// <param name="PauseMicroseconds">How long the application stood still.</param>
/// <param name="Crc">Checksum of the image, for the manifest.</param>
public sealed record ImageReport(
    string Path,
    ulong ImageBytes,
    ulong StoredPages,
    ulong RawBytes,
    ulong PauseMicroseconds,
    ulong Crc) : IRecord<ImageReport>
{
    /// <inheritdoc/>
    public int FieldCount => 6;

    /// <inheritdoc/>
    public static ImageReport ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadString("path"),
            reader.ReadUInt64("imageBytes"),
            reader.ReadUInt64("storedPages"),
            reader.ReadUInt64("rawBytes"),
            reader.ReadUInt64("pauseMicroseconds"),
            reader.ReadUInt64("crc"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Path);
        writer.Write(ImageBytes);
        writer.Write(StoredPages);
        writer.Write(RawBytes);
        writer.Write(PauseMicroseconds);
        writer.Write(Crc);
    }
}
