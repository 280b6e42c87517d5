namespace Interpose.Restart;

/// <summary>Offsets in struct ip_state of interpose_abi.h that a restart writes to. A test holds them to the header.</summary>
internal static class ShimLayout
{
    public const ulong Connection = 48;
    public const ulong Coordinator = 88;
    public const int CoordinatorSize = 256;
    public const ulong Secret = 344;
    public const ulong RestartGeneration = 888;
    public const ulong RestartEpoch = 896;
    public const ulong RestartImageDevice = 904;
    public const ulong RestartImageInode = 912;
    public const ulong EnvironmentCoordinator = 1208;
    public const int EnvironmentCoordinatorSize = 300;
    public const ulong EnvironmentSecret = 1508;
    public const int EnvironmentSecretSize = 96;
    public const ulong EnvironmentHost = 1768;
    public const int EnvironmentHostSize = 96;
    public const ulong EnvironmentMoved = EnvironmentHost + EnvironmentHostSize;
    public const int EnvironmentMovedSize = 1024;
}
