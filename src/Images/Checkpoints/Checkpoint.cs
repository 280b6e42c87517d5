namespace Interpose.Images.Checkpoints;

/// <summary>
/// A checkpoint opened as a whole: its manifest and all its images, each checked by itself and against the manifest.
/// What is open has been validated but for page data.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private Checkpoint(string directory, Manifest manifest, IReadOnlyList<CheckpointImage> images)
    {
        Directory = directory;
        Manifest = manifest;
        Images = images;
    }

    /// <summary>Its directory.</summary>
    public string Directory { get; }

    /// <summary>Its manifest.</summary>
    public Manifest Manifest { get; }

    /// <summary>Its images, in the order of the manifest.</summary>
    public IReadOnlyList<CheckpointImage> Images { get; }

    /// <summary>Opens every image of a checkpoint.</summary>
    /// <param name="directory">The checkpoint's directory.</param>
    /// <param name="host">Only those of one host.</param>
    /// <exception cref="ImageException">Some part of it cannot be used; the message says which and why.</exception>
    public static Checkpoint Open(string directory, string? host = null)
    {
        Manifest manifest = ManifestReader.Read(directory);
        var images = new List<CheckpointImage>(manifest.Processes.Count);
        try
        {
            foreach (ManifestProcess process in manifest.Processes.Where(p => host is null || p.Host == host))
            {
                images.Add(CheckpointImage.Open(directory, manifest, process));
            }
        }
        catch
        {
            images.ForEach(static i => i.Dispose());
            throw;
        }

        return new Checkpoint(directory, manifest, images);
    }

    /// <summary>Reads all page data and compares it with its checksums.</summary>
    /// <param name="onlyTouched">Skip the images that nobody has touched since the commit.</param>
    /// <exception cref="ImageException">Some of it is damaged.</exception>
    public void VerifyData(bool onlyTouched = false)
    {
        foreach (CheckpointImage image in Images)
        {
            if (!(onlyTouched && image.IsUntouched))
            {
                image.Reader.VerifyData();
            }
        }
    }

    public void Dispose()
    {
        foreach (CheckpointImage image in Images)
        {
            image.Dispose();
        }
    }
}
