using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One limit of getrlimit(2); RLIM_INFINITY is the largest value.
/// </summary>
public sealed class ResourceLimit
{
    private const int FieldCount = 2;

    /// <summary>The limit that the kernel enforces.</summary>
    public ulong Soft { get; init; }

    /// <summary>The ceiling for the soft limit.</summary>
    public ulong Hard { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Soft);
        writer.Write(Hard);
    }

    public static ResourceLimit Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ResourceLimit
        {
            Soft = fields.UInt64(ref reader),
            Hard = fields.UInt64(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
