using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_range of interpose_abi.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeRange
{
    public const ulong Exclude = 1ul << 62;
    public const ulong Discard = 1ul << 61;
    public const ulong Whole = 1ul << 60;

    public ulong Start;
    public ulong End;
    public ulong Flags;
}
