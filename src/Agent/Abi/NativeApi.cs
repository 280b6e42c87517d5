using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_api of interpose_abi.h: the services of the shim. Results are 0, a positive value, or -errno.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeApi
{
    /// <summary>IP_ABI_VERSION.</summary>
    public const uint ExpectedAbi = 1;

    /// <summary>IP_SNAPSHOT_RESTORED: this is the restored life of the process.</summary>
    public const long Restored = -100000;

    public uint Abi;
    public uint Size;
    public NativeState* State;
    public delegate* unmanaged<ulong, long> Suspend;
    public delegate* unmanaged<long> CollectSignals;
    public delegate* unmanaged<long> Resume;
    public delegate* unmanaged<NativeSnapshotPlan*, long> Snapshot;
    public delegate* unmanaged<ulong, long> WaitRestored;
    public delegate* unmanaged<int, long> Connect;
    public delegate* unmanaged<long, ulong, ulong, ulong, ulong, ulong, ulong, long> SystemCall;
    public delegate* unmanaged<ulong, long> Before;
    public delegate* unmanaged<int, void> After;
    public delegate* unmanaged<long, byte*, void> Ended;
}
