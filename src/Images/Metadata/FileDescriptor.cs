using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One descriptor of the process.
/// </summary>
public sealed class FileDescriptor
{
    /// <summary>
    /// Numbers from here on are not the process's own: such a descriptor is on its way in a message that nobody has read
    /// (SCM_RIGHTS, unix(7)) to a socket that the process holds.
    /// </summary>
    public const int FirstQueued = 1 << 30;

    private const int FieldCount = 3;

    /// <summary>The descriptor.</summary>
    public int Number { get; init; }

    /// <summary>Index into <see cref="OpenFileTable.Descriptions"/>.</summary>
    public int Description { get; init; }

    /// <summary>FD_CLOEXEC.</summary>
    public bool CloseOnExec { get; init; }

    /// <summary>It is held by a queue and has no number in the process.</summary>
    public bool IsQueued => Number >= FirstQueued;

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Number);
        writer.Write(Description);
        writer.Write(CloseOnExec);
    }

    public static FileDescriptor Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new FileDescriptor
        {
            Number = fields.Int32(ref reader),
            Description = fields.Int32(ref reader),
            CloseOnExec = fields.Boolean(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
