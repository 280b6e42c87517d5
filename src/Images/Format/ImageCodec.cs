namespace Interpose.Images.Format;

/// <summary>Mirror of enum ip_codec.</summary>
public enum ImageCodec : uint
{
    /// <summary>Pages as they are, page aligned, so that a restart maps the image.</summary>
    None = 0,

    /// <summary>Independent zstd frames.</summary>
    Zstd = 1,

    /// <summary>The writer decides for each chunk; never the codec of a chunk.</summary>
    Auto = 2,
}
