using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Images.Format;

namespace Interpose.Tests.Unit.Images;

public class CheckpointTests
{
    [Fact]
    public void Opens_with_its_images_and_verifies()
    {
        using var directory = new TestDirectory();
        Commit(directory, new ImageBuilder().Build());
        using Checkpoint checkpoint = Checkpoint.Open(directory.Path);
        Assert.True(Assert.Single(checkpoint.Images).IsUntouched);
        checkpoint.VerifyData();
    }

    [Fact]
    public void A_copy_is_as_good_but_known_as_one()
    {
        using var directory = new TestDirectory();
        using var copy = new TestDirectory();
        Commit(directory, new ImageBuilder().Build());
        foreach (string file in Directory.GetFiles(directory.Path))
        {
            File.Copy(file, copy[Path.GetFileName(file)]);
        }

        using Checkpoint checkpoint = Checkpoint.Open(copy.Path);
        Assert.False(Assert.Single(checkpoint.Images).IsUntouched);
        checkpoint.VerifyData(onlyTouched: true);
    }

    [Fact]
    public void Damaged_page_data_of_a_copy_is_found()
    {
        using var directory = new TestDirectory();
        byte[] image = new ImageBuilder().Build();
        Commit(directory, image);
        image[^1] ^= 1;
        File.Delete(directory["h-4711.img"]);
        directory.Write("h-4711.img", image);

        using Checkpoint checkpoint = Checkpoint.Open(directory.Path);
        Assert.Throws<ImageException>(() => checkpoint.VerifyData(onlyTouched: true));
    }

    [Fact]
    public void A_swapped_image_is_found_by_its_checksum()
    {
        using var directory = new TestDirectory();
        Commit(directory, new ImageBuilder().Build());
        directory.Write("h-4711.img", new ImageBuilder { Chunks = Other(), EditHeader = null }.Build());
        ImageException e = Assert.Throws<ImageException>(() => Checkpoint.Open(directory.Path));
        Assert.Contains("expects checksum", e.Message, StringComparison.Ordinal);
        Assert.Contains("belongs to another checkpoint", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_of_another_epoch_is_refused()
    {
        using var directory = new TestDirectory();
        Commit(directory, new ImageBuilder().Build());
        directory.Write(
            "h-4711.img", new ImageBuilder { EditHeader = (ref ImageHeader h) => h.Epoch = 77 }.Build());
        ImageException e = Assert.Throws<ImageException>(() => Checkpoint.Open(directory.Path));
        Assert.Contains("expects epoch 3, found 77", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_image_is_named()
    {
        using var directory = new TestDirectory();
        Commit(directory, new ImageBuilder().Build());
        File.Delete(directory["h-4711.img"]);
        ImageException e = Assert.Throws<ImageException>(() => Checkpoint.Open(directory.Path));
        Assert.Contains("h-4711.img: No such file", e.Message, StringComparison.Ordinal);
    }

    private static List<(byte[] Stored, uint RawLength, ImageCodec Codec)> Other() =>
    [
        (ImageBuilder.Pattern(1 << 20, 8), ImageHeader.ChunkSize, ImageCodec.None),
        (ImageBuilder.Pattern(2 * ImageBuilder.Page, 9), 2 * ImageBuilder.Page, ImageCodec.None),
    ];

    private static void Commit(TestDirectory directory, byte[] image)
    {
        string path = directory.Write("h-4711.img", image);
        FileIdentity identity = FileIdentity.Of(path);
        using ImageReader reader = ImageReader.Open(path);
        ManifestWriter.Write(
            directory.Path,
            new Manifest
            {
                Computation = "c",
                Epoch = ImageBuilder.Epoch,
                Processes =
                [
                    new()
                    {
                        Host = "h",
                        Pid = ImageBuilder.Pid,
                        ImageFile = "h-4711.img",
                        ImageSize = (ulong)image.Length,
                        ImageCrc = reader.Header.Crc,
                        ImageDevice = identity.Device,
                        ImageInode = identity.Inode,
                        ImageModifiedNs = identity.ModifiedNs,
                        ImageChangedNs = identity.ChangedNs,
                    },
                ],
            });
    }
}
