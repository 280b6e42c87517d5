using System.Runtime.InteropServices;

namespace Interpose.Images.Checkpoints;

/// <summary>The first bytes of a manifest file, little endian; the MessagePack body follows.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ManifestHeader
{
    /// <summary>"IPMANIF1", little endian.</summary>
    public const ulong ExpectedMagic = 0x3146494E414D5049;

    public const uint ExpectedVersion = 1;

    /// <summary>Bytes of a body that are read at most.</summary>
    public const int MaxBodyBytes = 64 << 20;

    public ulong Magic;

    public uint Version;

    public uint Arch;

    public uint BodyLength;

    /// <summary>CRC-32C of the body.</summary>
    public uint BodyCrc;
}
