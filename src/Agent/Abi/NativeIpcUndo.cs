using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_ipc_undo of interpose_abi.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeIpcUndo
{
    public int Id;
    public uint Number;
    public long Adjust;
}
