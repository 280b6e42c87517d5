using System.Runtime.InteropServices;

namespace Interpose.Images.Format;

/// <summary>Mirror of struct ip_image_extent: which addresses a piece of the page stream belongs to.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ImageExtent
{
    /// <summary>Where the pages belong; for shared objects the offset in the object.</summary>
    public ulong Address;

    /// <summary>Bytes, a multiple of the page size.</summary>
    public ulong Length;

    /// <summary>Where the pages are in the logical stream, bytes.</summary>
    public ulong StreamOffset;

    /// <summary>0: private memory of this process; otherwise 1 + index of the shared object.</summary>
    public uint SharedObject;

    /// <summary>0: this image; otherwise 1 + index of a parent image.</summary>
    public uint Source;
}
