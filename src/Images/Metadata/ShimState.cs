using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// Where the restored process finds the shim that was saved with it.
/// </summary>
public sealed class ShimState
{
    private const int FieldCount = 3;

    /// <summary>Address of the shim's state block.</summary>
    public ulong Address { get; init; }

    /// <summary>Directory from which the shim loads its parts.</summary>
    public string BasePath { get; init; } = "";

    /// <summary>Addresses that restarts have changed, OLD=NEW,...; empty: none.</summary>
    public string Moved { get; init; } = "";

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Address);
        FieldWriter.Text(ref writer, BasePath);
        FieldWriter.Text(ref writer, Moved);
    }

    public static ShimState Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ShimState
        {
            Address = fields.UInt64(ref reader),
            BasePath = fields.Text(ref reader),
            Moved = fields.Text(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
