using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// A file that the process maps and whose content is not in the image: restart refuses when it is not the same any more.
/// </summary>
public sealed class MappedFile
{
    private const int FieldCount = 6;

    /// <summary>Path as /proc/PID/maps had it.</summary>
    public string Path { get; init; } = "";

    /// <summary>Device of the file system, as stat(2) gives it.</summary>
    public ulong Device { get; init; }

    /// <summary>Inode number.</summary>
    public ulong Inode { get; init; }

    /// <summary>Size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Modification time, nanoseconds since 1970.</summary>
    public long ModifiedNs { get; init; }

    /// <summary>GNU build id of an ELF file; empty where it has none. With it a copy of the file on another host is recognised.</summary>
    public byte[] BuildId { get; init; } = [];

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        FieldWriter.Text(ref writer, Path);
        writer.Write(Device);
        writer.Write(Inode);
        writer.Write(Size);
        writer.Write(ModifiedNs);
        writer.Write(BuildId);
    }

    public static MappedFile Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new MappedFile
        {
            Path = fields.Text(ref reader),
            Device = fields.UInt64(ref reader),
            Inode = fields.UInt64(ref reader),
            Size = fields.Int64(ref reader),
            ModifiedNs = fields.Int64(ref reader),
            BuildId = fields.Blob(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
