namespace Interpose.Restart;

/// <summary>Offsets in struct ip_state of interpose_abi.h that a restart writes to. A test holds them to the header.</summary>
internal static class ShimLayout
{
    public const ulong Connection = 48;
    public const ulong Coordinator = 72;
    public const int CoordinatorSize = 256;
    public const ulong Secret = 328;
    public const ulong RestartGeneration = 872;
    public const ulong RestartEpoch = 880;
    public const ulong RestartImageDevice = 888;
    public const ulong RestartImageInode = 896;
}
