using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One open file description: what is open, how, and where in it.
/// </summary>
public sealed class OpenFileDescription
{
    private const int FieldCount = 16;

    /// <summary>What it is; decides which module restores it.</summary>
    public OpenFileKind Kind { get; init; }

    /// <summary>Path to open again, or a name for people where there is none.</summary>
    public string Path { get; init; } = "";

    /// <summary>The file had no name any more; its content is in <see cref="ContentObject"/>.</summary>
    public bool Deleted { get; init; }

    /// <summary>Flags of open(2), without the creation flags.</summary>
    public int Flags { get; init; }

    /// <summary>File offset in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Size in bytes at the time of the checkpoint.</summary>
    public long Size { get; init; }

    /// <summary>Device of the file system, as stat(2) gives it.</summary>
    public ulong Device { get; init; }

    /// <summary>Inode number.</summary>
    public ulong Inode { get; init; }

    /// <summary>Modification time, nanoseconds since 1970.</summary>
    public long ModifiedNs { get; init; }

    /// <summary>st_mode: file type and permissions.</summary>
    public uint Mode { get; init; }

    /// <summary>st_rdev of a device file; 0 for others.</summary>
    public ulong DeviceNumber { get; init; }

    /// <summary>0: the content is not in the image; otherwise 1 + index into <see cref="ProcessMetadata.SharedObjects"/>.</summary>
    public int ContentObject { get; init; }

    /// <summary>What only this kind of file has, by name.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } =
        new Dictionary<string, string>();

    /// <summary>Small content that belongs to the description itself, such as unread bytes of a pipe.</summary>
    public byte[] Payload { get; init; } = [];

    /// <summary>
    /// 0, or the process that also has this description and whose image describes it for all: the one with the lowest
    /// process id of those that share it.
    /// </summary>
    public int OwnerPid { get; set; }

    /// <summary>A descriptor of it in <see cref="OwnerPid"/>.</summary>
    public int OwnerDescriptor { get; set; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write((int)Kind);
        FieldWriter.Text(ref writer, Path);
        writer.Write(Deleted);
        writer.Write(Flags);
        writer.Write(Offset);
        writer.Write(Size);
        writer.Write(Device);
        writer.Write(Inode);
        writer.Write(ModifiedNs);
        writer.Write(Mode);
        writer.Write(DeviceNumber);
        writer.Write(ContentObject);
        FieldWriter.Map(ref writer, Extra);
        writer.Write(Payload);
        writer.Write(OwnerPid);
        writer.Write(OwnerDescriptor);
    }

    public static OpenFileDescription Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new OpenFileDescription
        {
            Kind = (OpenFileKind)fields.Int32(ref reader),
            Path = fields.Text(ref reader),
            Deleted = fields.Boolean(ref reader),
            Flags = fields.Int32(ref reader),
            Offset = fields.Int64(ref reader),
            Size = fields.Int64(ref reader),
            Device = fields.UInt64(ref reader),
            Inode = fields.UInt64(ref reader),
            ModifiedNs = fields.Int64(ref reader),
            Mode = fields.UInt32(ref reader),
            DeviceNumber = fields.UInt64(ref reader),
            ContentObject = fields.Int32(ref reader),
            Extra = fields.Map(ref reader, "extra fields of an open file"),
            Payload = fields.Blob(ref reader),
            OwnerPid = fields.Int32(ref reader),
            OwnerDescriptor = fields.Int32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
