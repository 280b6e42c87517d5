using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Guests;

/// <summary>Every guest, run by a user without any privilege.</summary>
public sealed class GuestsAsUserTests
{
    [Theory]
    [MemberData(nameof(GuestNames.All), MemberType = typeof(GuestNames))]
    public Task Guest_passes_without_interpose(string name) => GuestScenario.PlainAsync(TestUser.User, name);

    [Theory]
    [MemberData(nameof(GuestNames.All), MemberType = typeof(GuestNames))]
    public Task Guest_does_not_notice_checkpoints(string name) => GuestScenario.ResumedAsync(TestUser.User, name);

    [Theory]
    [MemberData(nameof(GuestNames.All), MemberType = typeof(GuestNames))]
    public Task Guest_does_not_notice_kill_and_restart(string name) =>
        GuestScenario.RestartedAsync(TestUser.User, name, "zstd");
}
