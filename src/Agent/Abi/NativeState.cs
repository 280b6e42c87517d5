using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_state of interpose_abi.h: the shim's memory in this process.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeState
{
    public uint Abi;
    public uint RseqOffsetValid;
    public long RseqOffset;
    public uint RseqSize;
    public uint ResumeWord;
    public uint ReleaseWord;
    public int Dumpable;
    public ulong AdviceBegun;
    public ulong AdviceDone;
    public int Connection;
    public int ServiceTid;
    public uint ThreadCount;
    public uint ThreadCapacity;
    public NativeThread* Threads;
    public NativePending* Pending;
    public uint PendingCount;
    public uint PendingCapacity;
    public fixed byte Coordinator[256];
    public fixed byte Secret[32];
    public fixed byte ShimPath[512];
    public NativeRestartInfo Restart;
    public fixed byte EnvironmentCoordinator[300];
    public fixed byte EnvironmentSecret[96];
    public fixed byte Computation[132];
    public uint IsRoot;
    public uint IoUring;
    public uint ForkGeneration;
    public uint OwnThreads;
    public NativeObjects* Objects;
    public uint Stopped;
    public uint Reserved;
    public fixed byte EnvironmentHost[96];
    public fixed byte EnvironmentMoved[1024];
    public NativeApplication* Application;
    public NativeScreenMode* ScreenModes;
    public ulong Connections;
    public fixed byte SendKey[32];
    public fixed byte ReceiveKey[32];
    public ulong FramesSent;
    public ulong ReportsSent;
}
