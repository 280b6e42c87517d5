using System.Globalization;
using System.Net;
using System.Text.Json;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>Somebody who can read and change what goes between the processes and the coordinator, without the secret.</summary>
public sealed class MeddlerTests
{
    /// <summary>What was meddled with is refused and logged, the program runs on, and the next checkpoint is whole.</summary>
    [Theory]
    [InlineData("altered", true)]
    [InlineData("altered", false)]
    [InlineData("repeated", false)]
    [InlineData("older", false)]
    public Task Frames_that_were_meddled_with_are_refused(string how, bool fromCoordinator) =>
        Sandbox.UseAsync(TestUser.User, "meddler", async sandbox =>
        {
            string port = Path.Combine(sandbox.Root, "port");
            (await sandbox.InterposeAsync("coordinator", "--daemon", "--port-file", port)).MustSucceed();
            string file = Directory.GetFiles(Path.Combine(sandbox.State, "coordinators"), "*.json").Single();
            using JsonDocument record = JsonDocument.Parse(await File.ReadAllTextAsync(file));
            int number = int.Parse((await File.ReadAllTextAsync(port)).Trim(), CultureInfo.InvariantCulture);
            using var meddler = new Meddler(new IPEndPoint(IPAddress.Loopback, number));

            sandbox.Environment["INTERPOSE_SECRET"] = record.RootElement.GetProperty("secret").GetString()!;
            RunningProgram program = sandbox.Start(
                Installation.Interpose, "run", "--coordinator", meddler.Address, "--", Installation.Guest("pipes"), sandbox.GoFile);
            await program.WaitForLineAsync("READY");
            await UntilJoinedAsync(sandbox);
            (await sandbox.InterposeAsync("checkpoint")).MustSucceed();

            Task done = meddler.MeddleAsync(fromCoordinator, (before, frame) => how switch
            {
                "altered" => [.. frame[..^20], (byte)(frame[^20] ^ 4), .. frame[^19..]],
                "repeated" => [.. frame, .. frame],
                _ => before,
            });

            // Given up, or made with the process that has come again, as one that executes a program does.
            await sandbox.InterposeAsync("checkpoint");
            await done.WaitAsync(Poll.Deadline);
            string log = string.Empty;
            await Poll.UntilAsync("the process to come again", () =>
            {
                log = string.Concat(Directory.GetFiles(Path.Combine(sandbox.State, "log")).Select(File.ReadAllText));
                return log.Split("joined from").Length > 2;
            });
            if (!fromCoordinator)
            {
                Assert.Contains(how == "altered" ? "the tag of a frame is wrong" : "a second time", log, StringComparison.Ordinal);
            }

            await Poll.UntilAsync("a whole checkpoint", async () => (await sandbox.InterposeAsync("checkpoint")).ExitCode == 0);

            sandbox.Go();
            CommandResult result = await program.WaitAsync(TimeSpan.FromSeconds(60));
            Assert.True(result.ExitCode == 0 && result.Output.Contains("PASS pipes", StringComparison.Ordinal), $"{result.ExitCode} {result.Output}{result.Error}");
        });

    private static Task UntilJoinedAsync(Sandbox sandbox) => Poll.UntilAsync("the program to join", async () =>
    {
        using JsonDocument status = JsonDocument.Parse((await sandbox.InterposeAsync("status", "--json")).MustSucceed().Output);
        return status.RootElement.GetProperty("processes").GetArrayLength() == 1;
    });
}
