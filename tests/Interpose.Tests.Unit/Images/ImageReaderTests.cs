using Interpose.Images;
using Interpose.Images.Format;

namespace Interpose.Tests.Unit.Images;

public class ImageReaderTests
{
    [Fact]
    public void A_good_image_opens_and_gives_back_what_was_written()
    {
        using var directory = new TestDirectory();
        var builder = new ImageBuilder();
        using ImageReader image = ImageReader.Open(directory.Write("a.img", builder.Build()));

        Assert.Equal(ImageBuilder.Epoch, image.Header.Epoch);
        Assert.Equal(["[heap]", "[stack]"], image.Vmas.Select(v => image.NameOf(v)));
        Assert.Equal(builder.Extents, image.Extents);
        Assert.Equal(258ul * ImageBuilder.Page, image.StreamLength);
        Assert.Equal(["guest", "worker"], image.Metadata.Threads.Select(t => t.Name));
        Assert.True(image.IsPlain);
        image.VerifyData();
    }

    [Fact]
    public void An_image_without_pages_is_valid()
    {
        using var directory = new TestDirectory();
        byte[] file = new ImageBuilder { Extents = [], Chunks = [] }.Build();
        using ImageReader image = ImageReader.Open(directory.Write("a.img", file));
        Assert.Equal(0ul, image.StreamLength);
        image.VerifyData();
    }

    [Fact]
    public void Chunks_of_a_compressed_image_may_be_stored_in_any_order_of_the_file()
    {
        using var directory = new TestDirectory();
        var builder = new ImageBuilder
        {
            Codec = ImageCodec.Zstd,
            Chunks =
            [
                (ImageBuilder.Pattern(100, 1), ImageHeader.ChunkSize, ImageCodec.Zstd),
                (ImageBuilder.Pattern(100, 2), 2 * ImageBuilder.Page, ImageCodec.Zstd),
            ],
            EditChunks = static chunks =>
            {
                (chunks[0].FileOffset, chunks[1].FileOffset) = (chunks[1].FileOffset, chunks[0].FileOffset);
                (chunks[0].Crc, chunks[1].Crc) = (chunks[1].Crc, chunks[0].Crc);
            },
        };
        using ImageReader image = ImageReader.Open(directory.Write("a.img", builder.Build()));
        Assert.False(image.IsPlain);
        image.VerifyData();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Verify_names_the_first_damaged_chunk_however_many_workers_look(int workers)
    {
        using var directory = new TestDirectory();
        var builder = new ImageBuilder
        {
            Vmas = [new ImageVma { Start = ImageBuilder.Heap, End = ImageBuilder.Heap + (4ul << 20), Protection = 3 }],
            Extents = [new ImageExtent { Address = ImageBuilder.Heap, Length = 4ul << 20 }],
            Chunks =
            [
                .. Enumerable.Range(0, 4).Select(
                    i => (ImageBuilder.Pattern(1 << 20, i), ImageHeader.ChunkSize, ImageCodec.None)),
            ],
            Metadata = new()
            {
                Identity = new() { Pid = ImageBuilder.Pid },
                Threads = [new() { Tid = ImageBuilder.Pid, ContextAddress = ImageBuilder.Heap }],
            },
            EditFile = static file =>
            {
                file[^1] ^= 1;
                file[^(2 << 20)] ^= 0x80;
                return file;
            },
        };
        using ImageReader image = ImageReader.Open(directory.Write("a.img", builder.Build()));
        ImageException e = Assert.Throws<ImageException>(() => image.VerifyData(workers));
        Assert.Contains("chunk 2 at offset", e.Message, StringComparison.Ordinal);
        Assert.Contains("expected checksum", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_an_image_error()
    {
        ImageException e = Assert.Throws<ImageException>(() => ImageReader.Open("/nonexistent/a.img"));
        Assert.Contains("/nonexistent/a.img: No such file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_an_image_error()
    {
        using var directory = new TestDirectory();
        ImageException e = Assert.Throws<ImageException>(() => ImageReader.Open(directory.Path));
        Assert.Contains("not a regular file", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_is_an_image_error()
    {
        using var directory = new TestDirectory();
        byte[] whole = new ImageBuilder().Build();
        int[] lengths = [.. Enumerable.Range(0, 300), 1000, 4095, 4096, 8192, whole.Length / 2, whole.Length - 1];
        foreach (int length in lengths)
        {
            string path = directory.Write("a.img", whole[..length]);
            Assert.Throws<ImageException>(() => ImageReader.Open(path));
        }
    }

    [Fact]
    public void Every_bit_flip_in_header_tables_and_metadata_is_an_image_error()
    {
        using var directory = new TestDirectory();
        byte[] image = new ImageBuilder { Extents = [], Chunks = [] }.Build();

        // The padding before the page data is covered by nothing, and means nothing.
        int used = Array.FindLastIndex(image, static b => b != 0) + 1;
        for (int bit = 0; bit < used * 8; bit++)
        {
            image[bit / 8] ^= (byte)(1 << (bit % 8));
            string path = directory.Write("a.img", image);
            Assert.Throws<ImageException>(() => ImageReader.Open(path));
            image[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
