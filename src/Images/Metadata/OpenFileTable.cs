using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// Open file descriptions, each once however many descriptors share it, and the descriptors that refer to them.
/// </summary>
public sealed class OpenFileTable
{
    private const int FieldCount = 2;

    /// <summary>The open file descriptions.</summary>
    public IReadOnlyList<OpenFileDescription> Descriptions { get; init; } = [];

    /// <summary>The file descriptors.</summary>
    public IReadOnlyList<FileDescriptor> Descriptors { get; init; } = [];

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        FieldWriter.List(ref writer, Descriptions,
            static (ref MessagePackWriter w, OpenFileDescription item) => item.Write(ref w));
        FieldWriter.List(ref writer, Descriptors,
            static (ref MessagePackWriter w, FileDescriptor item) => item.Write(ref w));
    }

    public static OpenFileTable Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new OpenFileTable
        {
            Descriptions = fields.List(ref reader, "open files", OpenFileDescription.Read),
            Descriptors = fields.List(ref reader, "file descriptors", FileDescriptor.Read),
        };
        fields.End(ref reader);
        return result;
    }
}
