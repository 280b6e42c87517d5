namespace Interpose.Images.Checkpoints;

/// <summary>One image of an open checkpoint.</summary>
public sealed class CheckpointImage : IDisposable
{
    private CheckpointImage(ManifestProcess process, ImageReader reader, bool isUntouched)
    {
        Process = process;
        Reader = reader;
        IsUntouched = isUntouched;
    }

    /// <summary>What the manifest says about it.</summary>
    public ManifestProcess Process { get; }

    /// <summary>The image.</summary>
    public ImageReader Reader { get; }

    /// <summary>Whether it is the very file of the commit, not written to since; see <see cref="ManifestProcess.IsUntouched"/>.</summary>
    public bool IsUntouched { get; }

    /// <summary>Opens an image and compares it with its manifest.</summary>
    /// <exception cref="ImageException">It cannot be used, or belongs to another checkpoint.</exception>
    internal static CheckpointImage Open(string directory, Manifest manifest, ManifestProcess process)
    {
        string path = Path.Combine(directory, process.ImageFile);
        bool untouched = process.IsUntouched(FileIdentity.Of(path));
        ImageReader reader = ImageReader.Open(path);
        try
        {
            Require(path, "size", process.ImageSize, reader.Header.FileSize);
            Require(path, "process id", (ulong)process.Pid, reader.Header.Pid);
            Require(path, "epoch", manifest.Epoch, reader.Header.Epoch);
            Require(path, "checksum", process.ImageCrc, reader.Header.Crc);
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        return new CheckpointImage(process, reader, untouched);
    }

    public void Dispose() => Reader.Dispose();

    private static void Require(string path, string what, ulong expected, ulong found)
    {
        if (expected != found)
        {
            throw new ImageException(
                $"{path}: header: the manifest expects {what} {expected}, found {found}; the image belongs to another checkpoint, put the right one back or use another checkpoint");
        }
    }
}
