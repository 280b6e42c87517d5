using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// The kernel's code page in the process. Restart moves the new kernel's vdso to this place; with another content the old
/// addresses within it are wrong, which the checksum detects.
/// </summary>
public sealed class VdsoLocation
{
    private const int FieldCount = 4;

    /// <summary>Start of [vdso]; 0 where there is none.</summary>
    public ulong Start { get; init; }

    /// <summary>End of [vdso].</summary>
    public ulong End { get; init; }

    /// <summary>Start of [vvar], the data pages that the vdso reads; they end where the vdso starts.</summary>
    public ulong DataStart { get; init; }

    /// <summary>CRC-32C of the content of [vdso].</summary>
    public uint Crc { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Start);
        writer.Write(End);
        writer.Write(DataStart);
        writer.Write(Crc);
    }

    public static VdsoLocation Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new VdsoLocation
        {
            Start = fields.UInt64(ref reader),
            End = fields.UInt64(ref reader),
            DataStart = fields.UInt64(ref reader),
            Crc = fields.UInt32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
