using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One descriptor of the process.
/// </summary>
public sealed class FileDescriptor
{
    private const int FieldCount = 3;

    /// <summary>The descriptor.</summary>
    public int Number { get; init; }

    /// <summary>Index into <see cref="OpenFileTable.Descriptions"/>.</summary>
    public int Description { get; init; }

    /// <summary>FD_CLOEXEC.</summary>
    public bool CloseOnExec { get; init; }

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
