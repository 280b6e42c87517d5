using System.Runtime.InteropServices;

namespace Interpose.Images.Format;

/// <summary>Mirror of struct ip_image_header: the first bytes of a process image.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ImageHeader
{
    /// <summary>"INRPIMG1", little endian.</summary>
    public const ulong ExpectedMagic = 0x31474D4950524E49;

    /// <summary>The version this code reads.</summary>
    public const uint ExpectedVersion = 1;

    /// <summary>EM_X86_64.</summary>
    public const uint ArchX8664 = 62;

    /// <summary>Bytes of a page.</summary>
    public const uint ExpectedPageSize = 4096;

    /// <summary>Raw bytes of every chunk but the last.</summary>
    public const uint ChunkSize = 1u << 20;

    /// <summary>See <see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;

    /// <summary>See <see cref="ExpectedVersion"/>.</summary>
    public uint Version;

    /// <summary>ELF machine number.</summary>
    public uint Arch;

    /// <summary>Bytes of a page.</summary>
    public uint PageSize;

    /// <summary>What was asked for (<see cref="ImageCodec"/>); each chunk says what it is.</summary>
    public uint Codec;

    /// <summary>ABI version of the shim that wrote the image.</summary>
    public uint Abi;

    /// <summary>Process id.</summary>
    public uint Pid;

    /// <summary>Bytes of the complete image.</summary>
    public ulong FileSize;

    /// <summary>Number of the checkpoint within its computation.</summary>
    public ulong Epoch;

    /// <summary>MessagePack, <see cref="Metadata.ProcessMetadata"/>.</summary>
    public ImageSection Metadata;

    /// <summary>Table of <see cref="ImageVma"/>.</summary>
    public ImageSection Vmas;

    /// <summary>Names of the mappings.</summary>
    public ImageSection Strings;

    /// <summary>Table of <see cref="ImageExtent"/>.</summary>
    public ImageSection Extents;

    /// <summary>Table of <see cref="ImageChunk"/>.</summary>
    public ImageSection Chunks;

    /// <summary>Page data.</summary>
    public ImageSection Data;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>CRC-32C of all bytes of the header before this one.</summary>
    public uint Crc;
}
