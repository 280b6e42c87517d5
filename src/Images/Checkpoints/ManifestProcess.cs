using Interpose.Images.Metadata;
using MessagePack;

namespace Interpose.Images.Checkpoints;

/// <summary>One process of a checkpoint and the image that holds it.</summary>
public sealed class ManifestProcess
{
    private const int FieldCount = 12;

    /// <summary>Host it ran on.</summary>
    public string Host { get; init; } = "";

    /// <summary>Process id on that host.</summary>
    public int Pid { get; init; }

    /// <summary>Its parent's process id.</summary>
    public int ParentPid { get; init; }

    /// <summary>Name of the program (comm).</summary>
    public string Comm { get; init; } = "";

    /// <summary>Path of the program.</summary>
    public string Executable { get; init; } = "";

    /// <summary>Name of the image in the checkpoint's directory.</summary>
    public string ImageFile { get; init; } = "";

    /// <summary>Bytes of the image.</summary>
    public ulong ImageSize { get; init; }

    /// <summary>
    /// Checksum in the image's header. It covers the checksums of all tables, and the chunk table's those of all page
    /// data: an image with this value is this image.
    /// </summary>
    public ulong ImageCrc { get; init; }

    /// <summary>Device of the image at the commit, as <see cref="FileIdentity.Device"/>.</summary>
    public ulong ImageDevice { get; init; }

    /// <summary>Inode of the image at the commit.</summary>
    public ulong ImageInode { get; init; }

    /// <summary>Modification time of the image at the commit, nanoseconds since 1970.</summary>
    public long ImageModifiedNs { get; init; }

    /// <summary>Inode change time of the image at the commit, nanoseconds since 1970.</summary>
    public long ImageChangedNs { get; init; }

    /// <summary>
    /// Whether the file is still the one that was committed, untouched. Then its page data need not be read to be
    /// trusted; a copy is as good, but has to be verified.
    /// </summary>
    public bool IsUntouched(in FileIdentity identity) =>
        identity.Device == ImageDevice
        && identity.Inode == ImageInode
        && (ulong)identity.Size == ImageSize
        && identity.ModifiedNs == ImageModifiedNs
        && identity.ChangedNs == ImageChangedNs;

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        FieldWriter.Text(ref writer, Host);
        writer.Write(Pid);
        writer.Write(ParentPid);
        FieldWriter.Text(ref writer, Comm);
        FieldWriter.Text(ref writer, Executable);
        FieldWriter.Text(ref writer, ImageFile);
        writer.Write(ImageSize);
        writer.Write(ImageCrc);
        writer.Write(ImageDevice);
        writer.Write(ImageInode);
        writer.Write(ImageModifiedNs);
        writer.Write(ImageChangedNs);
    }

    public static ManifestProcess Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ManifestProcess
        {
            Host = fields.Text(ref reader),
            Pid = fields.Int32(ref reader),
            ParentPid = fields.Int32(ref reader),
            Comm = fields.Text(ref reader),
            Executable = fields.Text(ref reader),
            ImageFile = fields.Text(ref reader),
            ImageSize = fields.UInt64(ref reader),
            ImageCrc = fields.UInt64(ref reader),
            ImageDevice = fields.UInt64(ref reader),
            ImageInode = fields.UInt64(ref reader),
            ImageModifiedNs = fields.Int64(ref reader),
            ImageChangedNs = fields.Int64(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
