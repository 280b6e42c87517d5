using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_ipc_id of interpose_abi.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeIpcId
{
    public uint Kind;
    public int Id;
}
