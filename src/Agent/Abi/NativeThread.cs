using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_thread of interpose_abi.h: one suspended thread.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeThread
{
    public const uint StateParked = 2;

    public int Tid;
    public uint State;
    public uint Service;
    public uint Command;
    public ulong FsBase;
    public ulong GsBase;
    public ulong RobustList;
    public ulong RobustListLength;
    public ulong ClearChildTid;
    public ulong UserContext;
    public ulong SignalMask;
    public ulong TimerSlack;
    public uint ParentDeathSignal;
    public uint Reserved;
    public NativeContext Context;
    public long CallNumber;
    public fixed ulong CallArguments[6];
    public ulong CallStackPointer;
    public ulong CallProgramCounter;
    public uint PendingCount;
    public uint PendingLost;
}
