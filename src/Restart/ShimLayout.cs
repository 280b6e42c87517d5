namespace Interpose.Restart;

/// <summary>Offsets in struct ip_state of interpose_abi.h that a restart writes to. A test holds them to the header.</summary>
internal static class ShimLayout
{
    public const ulong Connection = 24;
    public const ulong Coordinator = 48;
    public const int CoordinatorSize = 256;
    public const ulong Secret = 304;
    public const ulong RestartGeneration = 848;
    public const ulong RestartEpoch = 856;
    public const ulong RestartImageDevice = 864;
    public const ulong RestartImageInode = 872;
}
