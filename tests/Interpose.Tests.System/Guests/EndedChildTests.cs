using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Guests;

/// <summary>
/// A child whose connections have closed can be collected at once. The kernel alone promises that to nobody, so the guest
/// is not run without Interpose.
/// </summary>
public sealed class EndedChildTests
{
    private const string Guest = "ended_at_eof";

    [RootFact]
    public Task Child_of_root_after_checkpoints() => GuestScenario.ResumedAsync(TestUser.Root, Guest);

    [RootFact]
    public Task Child_of_root_after_restarts() => GuestScenario.RestartedAsync(TestUser.Root, Guest, "none");

    [Fact]
    public Task Child_of_a_user_after_checkpoints() => GuestScenario.ResumedAsync(TestUser.User, Guest);

    [Fact]
    public Task Child_of_a_user_after_restarts() => GuestScenario.RestartedAsync(TestUser.User, Guest, "none");
}
