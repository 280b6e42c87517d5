using FsCheck.Xunit;
using Interpose.Images;
using Interpose.Images.Checkpoints;

namespace Interpose.Tests.Unit.Images;

public class ManifestTests
{
    [Fact]
    public void Bytes_of_a_manifest()
    {
        var manifest = new Manifest
        {
            Computation = "c",
            Epoch = 2,
            CreatedNs = 3,
            Hosts = ["h"],
            Processes = [new ManifestProcess { Host = "h", Pid = 4, ParentPid = 1, ImageFile = "h-4.img", ImageSize = 5 }],
        };
        const string body = "95A163020391A168919CA1680401A0A0A7682D342E696D67050000000000";
        string header = "49504D414E494631" + "01000000" + "3E000000" + "1E000000";
        string bytes = Convert.ToHexString(ManifestWriter.ToBytes(manifest));
        Assert.Equal(header, bytes[..header.Length]);
        Assert.Equal(body, bytes[(header.Length + 8)..]);
    }

    [Fact]
    public void Every_field_comes_back()
    {
        Manifest before = Sample();
        Manifest after = ManifestReader.FromBytes(ManifestWriter.ToBytes(before), "manifest");
        Assert.Null(FilledRecord.Difference(before, after));
    }

    [Fact]
    public void Written_to_a_directory_it_is_read_from_there_and_nothing_else_stays()
    {
        using var directory = new TestDirectory();
        ManifestWriter.Write(directory.Path, Sample());
        Assert.Equal("c", ManifestReader.Read(directory.Path).Computation);
        Assert.Equal(["manifest"], Directory.GetFiles(directory.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_second_manifest_does_not_replace_the_first()
    {
        using var directory = new TestDirectory();
        ManifestWriter.Write(directory.Path, Sample());
        Assert.Throws<IOException>(() => ManifestWriter.Write(directory.Path, Sample(epoch: 99)));
        Assert.Equal(1ul, ManifestReader.Read(directory.Path).Epoch);
        Assert.Equal(["manifest"], Directory.GetFiles(directory.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Where_it_cannot_be_written_the_message_names_the_file()
    {
        IOException e = Assert.Throws<IOException>(() => ManifestWriter.Write("/proc/self", Sample()));
        Assert.StartsWith("/proc/self/manifest: the manifest cannot be written", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_without_manifest_is_not_a_checkpoint()
    {
        using var directory = new TestDirectory();
        ImageException e = Assert.Throws<ImageException>(() => ManifestReader.Read(directory.Path));
        Assert.Contains("not a complete checkpoint", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../h-1.img")]
    [InlineData("/etc/h-1.img")]
    [InlineData("manifest")]
    [InlineData(".img")]
    [InlineData("")]
    [InlineData("a\0.img")]
    public void An_image_name_that_leads_elsewhere_is_refused(string name) =>
        Refused("image name", new Manifest { Processes = [new() { Pid = 1, ImageFile = name }] });

    [Fact]
    public void An_image_listed_twice_is_refused() =>
        Refused("appears twice", new Manifest { Processes = [Process("a.img"), Process("a.img")] });

    [Fact]
    public void A_manifest_without_processes_is_refused() => Refused("lists no processes", new Manifest());

    [Fact]
    public void Every_bit_flip_is_refused()
    {
        byte[] bytes = ManifestWriter.ToBytes(Sample());
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<ImageException>(() => ManifestReader.FromBytes(bytes, "manifest"));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] bytes = ManifestWriter.ToBytes(Sample());
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<ImageException>(() => ManifestReader.FromBytes(bytes.AsMemory(0, length), "manifest"));
        }
    }

    [Property]
    public bool Names_and_numbers_come_back(byte[] name, ulong epoch, int pid)
    {
        string text = LinuxText.Decode(name);
        int positive = Math.Max(1, Math.Abs(pid % 100_000));
        var manifest = new Manifest
        {
            Computation = text,
            Epoch = epoch,
            Processes = [new() { Pid = positive, Comm = text, ImageFile = "x.img" }],
        };
        Manifest after = ManifestReader.FromBytes(ManifestWriter.ToBytes(manifest), "manifest");
        return FilledRecord.Difference(manifest, after) is null;
    }

    internal static Manifest Sample(ulong epoch = 1, string image = "h-1.img") => new()
    {
        Computation = "c", Epoch = epoch, CreatedNs = (long)epoch * 1000, Hosts = ["h"], Processes = [Process(image)],
    };

    private static ManifestProcess Process(string image) => new() { Host = "h", Pid = 1, ImageFile = image };

    private static void Refused(string message, Manifest manifest)
    {
        ImageException e =
            Assert.Throws<ImageException>(() => ManifestReader.FromBytes(ManifestWriter.ToBytes(manifest), "d/manifest"));
        Assert.StartsWith("d/manifest: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }
}
