using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_object_piece of interpose_abi.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativePiece
{
    public ulong Source;
    public ulong Length;
    public ulong Offset;
    public uint SharedObject;
    public uint Reserved;
}
