using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>A System V IPC object that the process created, uses or has attached (svipc(7)).</summary>
public sealed class IpcObject
{
    private const int FieldCount = 14;

    /// <summary>What it is.</summary>
    public IpcKind Kind { get; init; }

    /// <summary>Its identifier, which a restart gives it again.</summary>
    public int Id { get; init; }

    /// <summary>Its key; 0: IPC_PRIVATE.</summary>
    public int Key { get; init; }

    /// <summary>Permissions; of a segment also SHM_DEST (01000) and SHM_LOCKED (02000).</summary>
    public uint Mode { get; init; }

    /// <summary>Owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Group of the owner.</summary>
    public uint Gid { get; init; }

    /// <summary>Bytes of a segment, number of semaphores, or msg_qbytes of a queue.</summary>
    public long Size { get; init; }

    /// <summary>Attachments of a segment by all processes of the machine.</summary>
    public int AttachCount { get; init; }

    /// <summary>1 + index into <see cref="ProcessMetadata.SharedObjects"/> of a segment; 0 for others.</summary>
    public int ContentObject { get; init; }

    /// <summary>Values of semaphores, 16 bits each.</summary>
    public byte[] Values { get; init; } = [];

    /// <summary>Messages of a queue in their order: 8 bytes with the type, then the text.</summary>
    public IReadOnlyList<byte[]> Messages { get; init; } = [];

    /// <summary>semadj of this process: pairs of 32 bits, number of the semaphore and what is added when it exits.</summary>
    public byte[] Undo { get; init; } = [];

    /// <summary>Addresses, 64 bits each, where this process has the segment attached for reading only.</summary>
    public byte[] ReadOnlyAttachments { get; init; } = [];

    /// <summary>Attachments of a segment by this process.</summary>
    public int OwnAttachCount { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write((int)Kind);
        writer.Write(Id);
        writer.Write(Key);
        writer.Write(Mode);
        writer.Write(Uid);
        writer.Write(Gid);
        writer.Write(Size);
        writer.Write(AttachCount);
        writer.Write(ContentObject);
        writer.Write(Values);
        FieldWriter.Blobs(ref writer, Messages);
        writer.Write(Undo);
        writer.Write(ReadOnlyAttachments);
        writer.Write(OwnAttachCount);
    }

    public static IpcObject Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new IpcObject
        {
            Kind = (IpcKind)fields.Int32(ref reader),
            Id = fields.Int32(ref reader),
            Key = fields.Int32(ref reader),
            Mode = fields.UInt32(ref reader),
            Uid = fields.UInt32(ref reader),
            Gid = fields.UInt32(ref reader),
            Size = fields.Int64(ref reader),
            AttachCount = fields.Int32(ref reader),
            ContentObject = fields.Int32(ref reader),
            Values = fields.Blob(ref reader),
            Messages = fields.List(ref reader, "messages", FieldReader.ReadBlob),
            Undo = fields.Blob(ref reader),
            ReadOnlyAttachments = fields.Blob(ref reader),
            OwnAttachCount = fields.Int32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
