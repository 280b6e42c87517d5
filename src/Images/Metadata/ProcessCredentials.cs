using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// User and group ids, as /proc/PID/status lists them.
/// </summary>
public sealed class ProcessCredentials
{
    private const int FieldCount = 15;

    /// <summary>Real user id.</summary>
    public uint RealUid { get; init; }

    /// <summary>Effective user id.</summary>
    public uint EffectiveUid { get; init; }

    /// <summary>Saved user id.</summary>
    public uint SavedUid { get; init; }

    /// <summary>Filesystem user id.</summary>
    public uint FilesystemUid { get; init; }

    /// <summary>Real group id.</summary>
    public uint RealGid { get; init; }

    /// <summary>Effective group id.</summary>
    public uint EffectiveGid { get; init; }

    /// <summary>Saved group id.</summary>
    public uint SavedGid { get; init; }

    /// <summary>Filesystem group id.</summary>
    public uint FilesystemGid { get; init; }

    /// <summary>Supplementary groups.</summary>
    public IReadOnlyList<uint> Groups { get; init; } = [];

    /// <summary>Permitted capabilities, a bit for each (capabilities(7)).</summary>
    public ulong Permitted { get; init; }

    /// <summary>Effective capabilities.</summary>
    public ulong Effective { get; init; }

    /// <summary>Inheritable capabilities.</summary>
    public ulong Inheritable { get; init; }

    /// <summary>Ambient capabilities.</summary>
    public ulong Ambient { get; init; }

    /// <summary>Capabilities that can still be had at all.</summary>
    public ulong Bounding { get; init; }

    /// <summary>PR_GET_SECUREBITS of prctl(2).</summary>
    public uint SecureBits { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(RealUid);
        writer.Write(EffectiveUid);
        writer.Write(SavedUid);
        writer.Write(FilesystemUid);
        writer.Write(RealGid);
        writer.Write(EffectiveGid);
        writer.Write(SavedGid);
        writer.Write(FilesystemGid);
        FieldWriter.List(ref writer, Groups, static (ref MessagePackWriter w, uint item) => w.Write(item));
        writer.Write(Permitted);
        writer.Write(Effective);
        writer.Write(Inheritable);
        writer.Write(Ambient);
        writer.Write(Bounding);
        writer.Write(SecureBits);
    }

    public static ProcessCredentials Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ProcessCredentials
        {
            RealUid = fields.UInt32(ref reader),
            EffectiveUid = fields.UInt32(ref reader),
            SavedUid = fields.UInt32(ref reader),
            FilesystemUid = fields.UInt32(ref reader),
            RealGid = fields.UInt32(ref reader),
            EffectiveGid = fields.UInt32(ref reader),
            SavedGid = fields.UInt32(ref reader),
            FilesystemGid = fields.UInt32(ref reader),
            Groups = fields.List(ref reader, "groups", static (ref MessagePackReader r) => r.ReadUInt32()),
            Permitted = fields.UInt64(ref reader),
            Effective = fields.UInt64(ref reader),
            Inheritable = fields.UInt64(ref reader),
            Ambient = fields.UInt64(ref reader),
            Bounding = fields.UInt64(ref reader),
            SecureBits = fields.UInt32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
