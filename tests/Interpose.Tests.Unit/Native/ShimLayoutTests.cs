using Interpose.Restart;

namespace Interpose.Tests.Unit.Native;

/// <summary>Holds the places in the shim's state that a restart writes to, to native-shim/include/interpose_abi.h.</summary>
public class ShimLayoutTests
{
    [Fact]
    public void Offsets_in_the_state()
    {
        var expected = new Dictionary<string, ulong>
        {
            [Offset("connection")] = ShimLayout.Connection,
            [Offset("coordinator")] = ShimLayout.Coordinator,
            ["sizeof(((struct ip_state *)0)->coordinator)"] = ShimLayout.CoordinatorSize,
            [Offset("secret")] = ShimLayout.Secret,
            [Offset("restart.generation")] = ShimLayout.RestartGeneration,
            [Offset("restart.epoch")] = ShimLayout.RestartEpoch,
            [Offset("restart.image_dev")] = ShimLayout.RestartImageDevice,
            [Offset("restart.image_ino")] = ShimLayout.RestartImageInode,
            [Offset("env_coordinator")] = ShimLayout.EnvironmentCoordinator,
            ["sizeof(((struct ip_state *)0)->env_coordinator)"] = ShimLayout.EnvironmentCoordinatorSize,
            [Offset("env_secret")] = ShimLayout.EnvironmentSecret,
            ["sizeof(((struct ip_state *)0)->env_secret)"] = ShimLayout.EnvironmentSecretSize,
            [Offset("env_host")] = ShimLayout.EnvironmentHost,
            ["sizeof(((struct ip_state *)0)->env_host)"] = ShimLayout.EnvironmentHostSize,
            [Offset("env_moved")] = ShimLayout.EnvironmentMoved,
            ["sizeof(((struct ip_state *)0)->env_moved)"] = ShimLayout.EnvironmentMovedSize,
        };
        Assert.Equal(expected, CCompiler.Evaluate("interpose_abi.h", expected.Keys));
    }

    private static string Offset(string field) => $"offsetof(struct ip_state, {field})";
}
