using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_context of interpose_abi.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeContext
{
    public fixed ulong Registers[8];
    public uint Mxcsr;
    public uint X87Control;
}
