using System.Runtime.InteropServices;

namespace Interpose.Images.Format;

/// <summary>Mirror of struct ip_section: where one part of the image lies.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ImageSection
{
    /// <summary>From the start of the file.</summary>
    public ulong Offset;

    /// <summary>Bytes.</summary>
    public ulong Length;

    /// <summary>Records, where the section is a table.</summary>
    public uint Count;

    /// <summary>CRC-32C of the section; 0 for page data, whose chunks carry their own.</summary>
    public uint Crc;
}
