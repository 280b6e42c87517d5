using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_pending of interpose_abi.h: a signal that waits to be queued again.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativePending
{
    public int Tid;
    public uint ForThread;

    /// <summary>siginfo_t: the signal's number comes first.</summary>
    public fixed byte Info[128];
}
