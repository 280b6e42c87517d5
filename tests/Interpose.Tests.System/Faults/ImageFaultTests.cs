using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>Damaged images and changed files are refused before anything is touched.</summary>
public sealed class ImageFaultTests
{
    private const int ImageInvalid = 6;

    /// <summary>Ways to damage a file.</summary>
    public static TheoryData<string, string> Damages { get; } = Combine();

    private static TheoryData<string, string> Combine()
    {
        var data = new TheoryData<string, string>();
        foreach (string file in new[] { "image", "manifest" })
        {
            foreach (string damage in new[] { "empty", "half", "one byte short", "first byte", "version", "architecture", "middle", "last byte", "missing" })
            {
                data.Add(file, damage);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public Task Damaged_checkpoint_is_refused_and_the_older_one_still_restarts(string file, string damage) =>
        Sandbox.UseAsync(TestUser.User, "damage", async sandbox =>
        {
            Application application = await Application.StartGuestAsync(sandbox, "heap_brk");
            await application.CheckpointAsync();
            string older = application.Checkpoint;
            await application.CheckpointAsync();
            await application.KillAsync();
            string path = file == "image"
                ? Directory.EnumerateFiles(application.Checkpoint, "*.img").Single()
                : Path.Combine(application.Checkpoint, "manifest");
            Damage(path, damage);

            CommandResult restart = await sandbox.InterposeAsync("restart", application.Checkpoint);
            // Without a manifest there is no checkpoint, which is a different mistake.
            int expected = file == "manifest" && damage == "missing" ? restart.ExitCode : ImageInvalid;
            restart.MustFail(expected);
            Assert.NotEqual(0, restart.ExitCode);

            await application.RestartAsync(older, []);
            sandbox.Go();
            await application.MustPassAsync("heap_brk");
        });

    [Fact]
    public Task Images_of_two_checkpoints_that_changed_places_are_refused() =>
        Sandbox.UseAsync(TestUser.User, "swapped", async sandbox =>
        {
            Application application = await Application.StartGuestAsync(sandbox, "heap_brk");
            await application.CheckpointAsync();
            string first = Directory.EnumerateFiles(application.Checkpoint, "*.img").Single();
            await application.CheckpointAsync();
            string second = Directory.EnumerateFiles(application.Checkpoint, "*.img").Single();
            await application.KillAsync();
            File.Move(second, second + ".kept");
            File.Copy(first, second);
            (await sandbox.InterposeAsync("restart", application.Checkpoint)).MustFail(ImageInvalid);
        });

    [Theory]
    [InlineData("missing")]
    [InlineData("changed")]
    [InlineData("shorter")]
    public Task Mapped_file_that_is_not_the_same_any_more_is_refused_by_name(string change) =>
        Sandbox.UseAsync(TestUser.User, "mapped", async sandbox =>
        {
            string mapped = Path.Combine(sandbox.Work, "mapped-file");
            File.WriteAllText(mapped, new string('x', 20000));
            Application application = Application.Start(sandbox, [], Installation.Guest("map_file"), sandbox.GoFile, mapped);
            await application.Current.WaitForLineAsync("READY");
            await application.WaitUntilRunningAsync();
            await application.CheckpointAsync();
            await application.KillAsync();
            switch (change)
            {
                case "missing":
                    File.Delete(mapped);
                    break;
                case "changed":
                    File.WriteAllText(mapped, new string('y', 20000));
                    break;
                default:
                    File.WriteAllText(mapped, new string('x', 100));
                    break;
            }

            (await sandbox.InterposeAsync("restart", application.Checkpoint)).MustFail(ImageInvalid, "mapped-file");
        });

    [Fact]
    public Task Images_verify_tells_good_from_bad() => Sandbox.UseAsync(TestUser.User, "verify", async sandbox =>
    {
        Application application = await Application.StartGuestAsync(sandbox, "heap_brk");
        await application.CheckpointAsync();
        (await sandbox.InterposeAsync("images", "verify", application.Checkpoint)).MustSucceed();
        Damage(Directory.EnumerateFiles(application.Checkpoint, "*.img").Single(), "middle");
        (await sandbox.InterposeAsync("images", "verify", application.Checkpoint)).MustFail(ImageInvalid);
    });

    private static void Damage(string path, string damage)
    {
        byte[] bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case "empty":
                bytes = [];
                break;
            case "half":
                bytes = bytes[..(bytes.Length / 2)];
                break;
            case "one byte short":
                bytes = bytes[..^1];
                break;
            case "first byte":
                bytes[0] ^= 0x20;
                break;
            case "version": // follows the magic of eight bytes
                bytes[8] ^= 0x40;
                break;
            case "architecture":
                bytes[12] ^= 0x01;
                break;
            case "middle":
                bytes[bytes.Length / 2] ^= 0x01;
                break;
            case "last byte":
                bytes[^1] ^= 0x80;
                break;
            case "missing":
                File.Delete(path);
                return;
            default:
                throw new ArgumentOutOfRangeException(nameof(damage));
        }

        File.WriteAllBytes(path, bytes);
    }
}
