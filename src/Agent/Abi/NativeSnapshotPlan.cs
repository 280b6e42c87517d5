using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_snapshot_plan of interpose_abi.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeSnapshotPlan
{
    public int ImageFd;
    public int NotifyFd;
    public uint Codec;
    public uint Workers;
    public ulong Epoch;
    public byte* Metadata;
    public ulong MetadataLength;
    public NativeRange* Ranges;
    public ulong RangeCount;
    public NativePiece* Pieces;
    public ulong PieceCount;
    public ulong ImageDevice;
    public ulong ImageInode;
    public ulong Pid;
    public NativeWriteResult* Result;
    public byte* Notify;
    public ulong NotifyLength;
    public ulong NotifyBytesAt;
    public ulong NotifyPagesAt;
    public ulong NotifyRawAt;
    public ulong NotifyPauseAt;
    public ulong NotifyCrcAt;
    public byte* NotifyKey;
    public ulong InPlace;
}
