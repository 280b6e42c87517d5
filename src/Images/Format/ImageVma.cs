using System.Runtime.InteropServices;

namespace Interpose.Images.Format;

/// <summary>Mirror of struct ip_image_vma: one mapping of the process.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ImageVma
{
    /// <summary>First address.</summary>
    public ulong Start;

    /// <summary>First address after it.</summary>
    public ulong End;

    /// <summary>Offset in the mapped file, bytes.</summary>
    public ulong FileOffset;

    /// <summary>Inode of the mapped file; 0 for none.</summary>
    public ulong Inode;

    /// <summary><see cref="VmAttributes"/> bits.</summary>
    public VmAttributes Attributes;

    /// <summary>Major number of the mapped file's device.</summary>
    public uint DeviceMajor;

    /// <summary>Minor number of the mapped file's device.</summary>
    public uint DeviceMinor;

    /// <summary>PROT_ bits of mmap(2).</summary>
    public uint Protection;

    /// <summary>1 for MAP_SHARED.</summary>
    public uint Shared;

    /// <summary>Where the name starts in the strings section.</summary>
    public uint NameOffset;

    /// <summary>Bytes of the name; 0 for anonymous memory.</summary>
    public uint NameLength;

    /// <summary>Bytes of the mapping.</summary>
    public readonly ulong Length => End - Start;
}
