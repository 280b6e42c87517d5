namespace Interpose.Protocol;

/// <summary>How the pages of an image are stored, as named on the wire and on the command line.</summary>
public static class CodecName
{
    /// <summary>As they are, so that a restart maps them.</summary>
    public const string None = "none";

    /// <summary>Compressed in independent chunks.</summary>
    public const string Zstd = "zstd";

    /// <summary>The writer decides chunk by chunk.</summary>
    public const string Auto = "auto";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [None, Zstd, Auto];
}
