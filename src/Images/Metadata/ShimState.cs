using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// Where the restored process finds the shim that was saved with it.
/// </summary>
public sealed class ShimState
{
    private const int FieldCount = 2;

    /// <summary>Address of the shim's state block.</summary>
    public ulong Address { get; init; }

    /// <summary>Directory from which the shim loads its parts.</summary>
    public string BasePath { get; init; } = "";

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Address);
        FieldWriter.Text(ref writer, BasePath);
    }

    public static ShimState Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ShimState
        {
            Address = fields.UInt64(ref reader),
            BasePath = fields.Text(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
