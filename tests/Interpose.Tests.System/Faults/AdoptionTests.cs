using System.Globalization;
using System.Text.Json;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>A coordinator that dies, and another one that takes over its computation.</summary>
public sealed class AdoptionTests
{
    private const int Busy = 4;
    private const int NoCoordinator = 3;
    private static readonly string[] s_kept = ["computation", "coordinator", "codec", "checkpointDirectory"];

    /// <summary>The delay moves the kill through the phases of a checkpoint; none: nothing is in progress.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(10)]
    [InlineData(50)]
    public Task Adopted_family_is_checkpointed_and_restarted(int? milliseconds) =>
        Sandbox.UseAsync(TestUser.User, "adopt", async sandbox =>
        {
            Application application = await Application.StartGuestAsync(sandbox, "shared_pipes");
            await application.CheckpointAsync();
            using JsonDocument before = await StatusAsync(sandbox);
            int coordinator = before.RootElement.GetProperty("coordinatorPid").GetInt32();
            (await sandbox.InterposeAsync("coordinator", "--daemon", "--adopt")).MustFail(Busy, "lives");
            string disturb = milliseconds is { } delay
                ? string.Create(CultureInfo.InvariantCulture, $"{Installation.Interpose} checkpoint & sleep {delay / 1000.0:F3}; ")
                : string.Empty;
            await sandbox.RunAsync("/bin/sh", "-c", $"{disturb}kill -9 {coordinator}; wait");
            (await sandbox.InterposeAsync("status")).MustFail(NoCoordinator);

            (await sandbox.InterposeAsync("coordinator", "--daemon", "--adopt")).MustSucceed();
            using JsonDocument after = await StatusAsync(sandbox);
            foreach (string property in s_kept)
            {
                Assert.Equal(Text(before, property), Text(after, property));
            }

            Assert.NotEqual(coordinator, after.RootElement.GetProperty("coordinatorPid").GetInt32());
            Assert.Equal(Processes(before), Processes(after));
            Assert.All(
                Directory.GetDirectories(Path.GetDirectoryName(application.Checkpoint)!),
                directory => Assert.True(File.Exists(Path.Combine(directory, "manifest")), $"{directory} is left of an unfinished checkpoint"));

            int last = Epoch(application);
            await application.StopAsync();
            Assert.True(Epoch(application) > last, $"{application.Checkpoint} after number {last}");
            await application.RestartAsync();
            await application.NextGenerationAsync();
            sandbox.Go();
            await application.MustPassAsync("shared_pipes");
        });

    private static int Epoch(Application application) =>
        int.Parse(Path.GetFileName(application.Checkpoint), CultureInfo.InvariantCulture);

    private static string? Text(JsonDocument status, string property) => status.RootElement.GetProperty(property).GetString();

    private static string Processes(JsonDocument status) => string.Join(
        ' ',
        status.RootElement.GetProperty("processes").EnumerateArray().Select(p => p.GetProperty("pid").GetInt32()).Order());

    private static async Task<JsonDocument> StatusAsync(Sandbox sandbox) =>
        JsonDocument.Parse((await sandbox.InterposeAsync("status", "--json")).MustSucceed().Output);
}
