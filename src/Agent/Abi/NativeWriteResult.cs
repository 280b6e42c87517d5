using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_write_result of interpose_abi.h, in memory shared with the twin.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeWriteResult
{
    public uint Done;
    public int Error;
    public fixed byte Where[128];
    public ulong ImageBytes;
    public ulong StoredPages;
    public ulong RawBytes;
    public ulong PauseMicroseconds;
    public uint HeaderCrc;
    public uint Reserved;
}
