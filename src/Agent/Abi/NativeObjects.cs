using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_objects of interpose_abi.h: what the shim noted of kernel objects.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeObjects
{
    public const uint MaxIds = 4096;
    public const uint MaxUndo = 4096;
    public const ulong PathsSize = 16 << 20;

    public byte* Paths;
    public ulong PathsUsed;
    public uint LastWatch;
    public uint IdCount;
    public uint UndoCount;
    public uint Lost;
    public NativeIpcId* Ids;
    public NativeIpcUndo* Undo;
}
