using System.Diagnostics;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Guests;

/// <summary>Checkpoints do not lengthen what a program waits for.</summary>
public sealed class TimingTests
{
    [Fact]
    public Task Sleep_of_three_seconds_under_many_checkpoints_ends_after_three_seconds() =>
        Sandbox.UseAsync(TestUser.User, "sleep", async sandbox =>
        {
            Application application = Application.Start(sandbox, [], Installation.Guest("sleep_total"), sandbox.GoFile, "3");
            await application.Current.WaitForLineAsync("READY");
            await application.WaitUntilRunningAsync();
            // Started before READY was seen, so that the program cannot have less than it asked for.
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < TimeSpan.FromSeconds(2))
            {
                await application.CheckpointAsync();
            }

            await application.MustPassAsync("sleep_total");
        });
}
