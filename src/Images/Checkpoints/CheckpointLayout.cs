using System.Globalization;

namespace Interpose.Images.Checkpoints;

/// <summary>Names within a checkpoint directory: ROOT/COMPUTATION/EPOCH/{manifest, HOST-PID.img ...}.</summary>
public static class CheckpointLayout
{
    /// <summary>Ending of every image.</summary>
    public const string ImageSuffix = ".img";

    /// <summary>What follows the name of an image that is still being written, where a writer does that.</summary>
    public const string TemporarySuffix = ".tmp";

    private const int EpochDigits = 6;

    /// <summary>Directory name of an epoch, six digits or more, so that names sort like numbers.</summary>
    public static string EpochName(ulong epoch) =>
        epoch.ToString(CultureInfo.InvariantCulture).PadLeft(EpochDigits, '0');

    /// <summary>Reads a name that <see cref="EpochName"/> made.</summary>
    public static bool TryParseEpoch(string name, out ulong epoch) =>
        ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out epoch) && EpochName(epoch) == name;

    /// <summary>File name of the image of a process.</summary>
    public static string ImageName(string host, int pid) =>
        string.Create(CultureInfo.InvariantCulture, $"{host.Replace('/', '_')}-{pid}{ImageSuffix}");

    /// <summary>Whether a name is that of a file in the directory itself, and of an image.</summary>
    public static bool IsImageName(string name) =>
        name.Length > ImageSuffix.Length
        && name.EndsWith(ImageSuffix, StringComparison.Ordinal)
        && !name.Contains('/', StringComparison.Ordinal)
        && !name.Contains('\0', StringComparison.Ordinal);
}
