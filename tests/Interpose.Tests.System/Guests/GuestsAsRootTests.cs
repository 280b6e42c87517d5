using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Guests;

/// <summary>Every guest, run by the superuser.</summary>
public sealed class GuestsAsRootTests
{
    [RootTheory]
    [MemberData(nameof(GuestNames.All), MemberType = typeof(GuestNames))]
    public Task Guest_passes_without_interpose(string name) => GuestScenario.PlainAsync(TestUser.Root, name);

    [RootTheory]
    [MemberData(nameof(GuestNames.All), MemberType = typeof(GuestNames))]
    public Task Guest_does_not_notice_checkpoints(string name) => GuestScenario.ResumedAsync(TestUser.Root, name);

    [RootTheory]
    [MemberData(nameof(GuestNames.All), MemberType = typeof(GuestNames))]
    public Task Guest_does_not_notice_kill_and_restart(string name) =>
        GuestScenario.RestartedAsync(TestUser.Root, name, "none");
}
