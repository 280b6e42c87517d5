using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_restart_info of interpose_abi.h: what the restart program tells the restored agent.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeRestartInfo
{
    public uint Generation;
    public uint Reserved;
    public ulong Epoch;
    public ulong ImageDevice;
    public ulong ImageInode;
    public fixed byte Coordinator[256];
    public fixed byte Secret[32];
}
