using Interpose.Images.Metadata;
using MessagePack;

namespace Interpose.Images.Checkpoints;

/// <summary>
/// What makes a directory of images a checkpoint: the list of all of them, written when every one is on disk.
/// </summary>
public sealed class Manifest
{
    /// <summary>Name of the file in the checkpoint's directory.</summary>
    public const string FileName = "manifest";

    /// <summary>Name under which it is written before it is whole.</summary>
    public const string TemporaryName = "manifest.tmp";

    private const int FieldCount = 5;

    /// <summary>Id of the computation.</summary>
    public string Computation { get; init; } = "";

    /// <summary>Number of the checkpoint within its computation.</summary>
    public ulong Epoch { get; init; }

    /// <summary>Time of the commit, nanoseconds since 1970.</summary>
    public long CreatedNs { get; init; }

    /// <summary>The hosts that had processes in the computation.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The processes, one image each.</summary>
    public IReadOnlyList<ManifestProcess> Processes { get; init; } = [];

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        FieldWriter.Text(ref writer, Computation);
        writer.Write(Epoch);
        writer.Write(CreatedNs);
        FieldWriter.Texts(ref writer, Hosts);
        FieldWriter.List(
            ref writer, Processes, static (ref MessagePackWriter w, ManifestProcess item) => item.Write(ref w));
    }

    public static Manifest Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new Manifest
        {
            Computation = fields.Text(ref reader),
            Epoch = fields.UInt64(ref reader),
            CreatedNs = fields.Int64(ref reader),
            Hosts = fields.List(ref reader, "hosts", FieldReader.ReadText),
            Processes = fields.List(ref reader, "processes", ManifestProcess.Read),
        };
        fields.End(ref reader);
        return result;
    }
}
