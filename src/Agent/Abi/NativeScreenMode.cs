using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_screen_mode of interpose_abi.h: a mode of a terminal that the program has switched.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeScreenMode
{
    /// <summary>Entries of the table.</summary>
    public const int Count = 64;

    public uint Device;
    public int Fd;
    public uint Mode;
    public uint Set;
    public ulong TimeNs;
}
