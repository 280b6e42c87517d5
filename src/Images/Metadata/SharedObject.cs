using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// Memory or file content that mappings or open files share and that is saved in the image: extents whose object field is
/// 1 + the index of this entry hold its pages.
/// </summary>
public sealed class SharedObject
{
    /// <summary>Device of System V segments, whose ids are no inode numbers of any file system.</summary>
    public const ulong SegmentDevice = ulong.MaxValue;

    private const int FieldCount = 8;

    /// <summary>What it is.</summary>
    public SharedObjectKind Kind { get; init; }

    /// <summary>Name of a memfd, path of a deleted file, "" for anonymous memory.</summary>
    public string Name { get; init; } = "";

    /// <summary>Size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Device, as stat(2) gives it; with the inode it identifies the object.</summary>
    public ulong Device { get; init; }

    /// <summary>Inode number.</summary>
    public ulong Inode { get; init; }

    /// <summary>F_GET_SEALS of a memfd.</summary>
    public int Seals { get; init; }

    /// <summary>st_mode; 0 for anonymous memory.</summary>
    public uint Mode { get; init; }

    /// <summary>Modification time of a file with a name, nanoseconds since 1970; 0 for others.</summary>
    public long ModifiedNs { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write((int)Kind);
        FieldWriter.Text(ref writer, Name);
        writer.Write(Size);
        writer.Write(Device);
        writer.Write(Inode);
        writer.Write(Seals);
        writer.Write(Mode);
        writer.Write(ModifiedNs);
    }

    public static SharedObject Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new SharedObject
        {
            Kind = (SharedObjectKind)fields.Int32(ref reader),
            Name = fields.Text(ref reader),
            Size = fields.Int64(ref reader),
            Device = fields.UInt64(ref reader),
            Inode = fields.UInt64(ref reader),
            Seals = fields.Int32(ref reader),
            Mode = fields.UInt32(ref reader),
            ModifiedNs = fields.Int64(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
