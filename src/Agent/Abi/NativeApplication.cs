using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_application of interpose_abi.h: what the program said by the functions of interpose.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeApplication
{
    public uint IgnoredCount;
    public fixed int Ignored[256];
}
