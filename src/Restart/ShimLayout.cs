namespace Interpose.Restart;

/// <summary>Offsets in struct ip_state of interpose_abi.h that a restart writes to. A test holds them to the header.</summary>
internal static class ShimLayout
{
    public const ulong Connection = 32;
    public const ulong Coordinator = 56;
    public const int CoordinatorSize = 256;
    public const ulong Secret = 312;
    public const ulong RestartGeneration = 856;
    public const ulong RestartEpoch = 864;
    public const ulong RestartImageDevice = 872;
    public const ulong RestartImageInode = 880;
}
