using System.Text.Json;
using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Tests.Unit.Images;

namespace Interpose.Tests.Unit.Cli;

/// <summary>What <c>interpose images</c> prints and how it ends, for a small checkpoint built by hand.</summary>
public sealed class ImagesVerbTests : IDisposable
{
    private const string Computation = "20260314-150926-9f3a";
    private readonly TestDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void List_shows_every_checkpoint_with_its_state()
    {
        Commit(1);
        Directory.CreateDirectory(_root[$"{Computation}/000002"]);
        JsonElement report = Json("images", "list", "--json");
        Assert.Equal(_root.Path, report.GetProperty("checkpointDirectory").GetString());
        JsonElement[] all = [.. report.GetProperty("checkpoints").EnumerateArray()];
        Assert.Equal(["complete", "incomplete"], all.Select(c => c.GetProperty("state").GetString()));
        Assert.Equal("guest", all[0].GetProperty("processes")[0].GetProperty("name").GetString());
    }

    [Fact]
    public void Inspect_shows_memory_threads_and_files()
    {
        Commit(1);
        JsonElement process = Json("images", "inspect", "--json").GetProperty("processes")[0];
        Assert.Equal("none", process.GetProperty("codec").GetString());
        Assert.Equal(258 * ImageBuilder.Page, process.GetProperty("pageBytes").GetInt32());
        Assert.Equal(["stack", "heap"], process.GetProperty("memory").EnumerateArray().Select(m => m.GetProperty("kind").GetString()));
        Assert.Equal(2, process.GetProperty("threads").GetArrayLength());
    }

    [Fact]
    public void Text_from_an_image_cannot_steer_the_terminal()
    {
        Commit(1, comm: "\u001b[2Jguest");
        (int status, string output, _) = CommandLine.Run(_root.Path, "images", "inspect");
        Assert.Equal(0, status);
        Assert.Contains(@"\x1b[2Jguest", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void Verify_finds_a_flipped_bit_and_ends_with_6()
    {
        string image = Commit(1);
        Assert.Equal(0, CommandLine.Run(_root.Path, "images", "verify").Status);
        byte[] bytes = File.ReadAllBytes(image);
        bytes[^1] ^= 1;
        File.WriteAllBytes(image, bytes);

        (int status, string output, string errors) = CommandLine.Run(_root.Path, "images", "verify", "--all");

        Assert.Equal(6, status);
        Assert.Empty(output);
        Assert.Contains($"{image}: chunk 1 at offset", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Prune_without_keep_is_a_usage_error()
    {
        Commit(1);
        Assert.Equal(2, CommandLine.Run(_root.Path, "images", "prune").Status);
        Assert.Equal(2, CommandLine.Run(_root.Path, "images", "prune", "--keep", "0").Status);
        Assert.True(File.Exists(_root[$"{Computation}/000001/manifest"]));
    }

    [Fact]
    public void Prune_keeps_the_newest_and_prints_what_it_removed()
    {
        Commit(1);
        Commit(2);
        Commit(3);
        (int status, string output, _) = CommandLine.Run(_root.Path, "images", "prune", "--keep", "2");
        Assert.Equal(0, status);
        Assert.Equal(_root[$"{Computation}/000001"], output.Trim());
        Assert.False(Directory.Exists(output.Trim()));
    }

    [Fact]
    public void Remove_takes_the_short_form_of_an_epoch()
    {
        Commit(1);
        Commit(2);
        Assert.Equal(0, CommandLine.Run(_root.Path, "images", "remove", $"{Computation}/2").Status);
        Assert.True(Directory.Exists(_root[$"{Computation}/000001"]));
        Assert.False(Directory.Exists(_root[$"{Computation}/000002"]));
    }

    [Fact]
    public void A_checkpoint_that_is_not_there_is_a_failure()
    {
        (int status, string output, string errors) = CommandLine.Run(_root.Path, "images", "inspect");
        Assert.Equal(1, status);
        Assert.Empty(output);
        Assert.Contains("no complete checkpoint", errors, StringComparison.Ordinal);
    }

    private JsonElement Json(params string[] arguments)
    {
        (int status, string output, string errors) = CommandLine.Run(_root.Path, arguments);
        Assert.True(status == 0, errors);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(1, report.GetProperty("schemaVersion").GetInt32());
        return report;
    }

    private string Commit(ulong epoch, string comm = "guest")
    {
        string directory =
            Directory.CreateDirectory(_root[$"{Computation}/{CheckpointLayout.EpochName(epoch)}"]).FullName;
        string path = Path.Combine(directory, "h-4711.img");
        ProcessMetadata small = ImageBuilder.SmallProcess();
        var builder = new ImageBuilder
        {
            EditHeader = (ref ImageHeader h) => h.Epoch = epoch,
            Metadata = new ProcessMetadata
            {
                Identity = new ProcessIdentity { Pid = ImageBuilder.Pid, Comm = comm },
                Threads = small.Threads,
            },
        };
        File.WriteAllBytes(path, builder.Build());
        FileIdentity identity = FileIdentity.Of(path);
        using ImageReader reader = ImageReader.Open(path);
        ManifestWriter.Write(
            directory,
            new Manifest
            {
                Computation = Computation,
                Epoch = epoch,
                CreatedNs = (long)epoch,
                Hosts = ["h"],
                Processes =
                [
                    new()
                    {
                        Host = "h",
                        Pid = ImageBuilder.Pid,
                        Comm = comm,
                        ImageFile = "h-4711.img",
                        ImageSize = reader.Header.FileSize,
                        ImageCrc = reader.Header.Crc,
                        ImageDevice = identity.Device,
                        ImageInode = identity.Inode,
                        ImageModifiedNs = identity.ModifiedNs,
                        ImageChangedNs = identity.ChangedNs,
                    },
                ],
            });
        return path;
    }
}
