using System.Runtime.InteropServices;

namespace Interpose.Images.Format;

/// <summary>Mirror of struct ip_image_chunk: how one piece of the page stream is stored.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ImageChunk
{
    /// <summary>From the start of the file.</summary>
    public ulong FileOffset;

    /// <summary>Bytes in the file.</summary>
    public uint StoredLength;

    /// <summary>Bytes in the stream.</summary>
    public uint RawLength;

    /// <summary><see cref="ImageCodec.None"/> or <see cref="ImageCodec.Zstd"/>.</summary>
    public uint Codec;

    /// <summary><see cref="Crc32C.ComputeInterleaved"/> of the stored bytes.</summary>
    public uint Crc;
}
