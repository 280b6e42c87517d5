using Interpose.Images;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Tests.Unit.Images;

namespace Interpose.Tests.Unit.Native;

/// <summary>Reads images that the shim's own writer made, of a small process that writes itself.</summary>
public sealed class NativeWriterTests : IDisposable
{
    private const ulong Address = 0x1000_0000;
    private const ulong Bytes = 3 << 20;
    private const int Pid = 4711;

    /// <summary>
    /// Fills 3 MiB at a fixed address with numbers, one page in the middle with zeros and the second half with text
    /// that compresses; then writes its image. Arguments: image, codec, file with the metadata, which it maps shared.
    /// What the writer changes while it writes must not be part of the image.
    /// </summary>
    private const string Program =
        """
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <unistd.h>
        #include "writer.h"
        static struct ip_snapshot_plan plan;
        int main(int argc, char **argv) {
          static uint8_t metadata[100000];
          static struct ip_write_result result __attribute__((aligned(4096)));
          uint64_t *pages = mmap((void *)0x10000000, 3 << 20, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
          uint64_t x = 1;
          for (int i = 0; i < (3 << 20) / 8; i++) pages[i] = i < (3 << 19) / 8 ? (x = x * 6364136223846793005u + 1) : 42;
          for (int i = 0; i < 512; i++) pages[512 + i] = 0;
          mmap(NULL, 1ull << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
          int in = open(argv[3], O_RDONLY);
          mmap(NULL, 4096, PROT_READ, MAP_SHARED, in, 0);
          plan = (struct ip_snapshot_plan){
              .image_fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600), .notify_fd = -1, .codec = (uint32_t)atoi(argv[2]),
              .workers = 2, .epoch = 7, .metadata = (uint64_t)metadata, .metadata_length = (uint64_t)read(in, metadata, sizeof metadata),
              .pid = 4711, .result = (uint64_t)&result, .in_place = 1};
          ip_write_image(&plan);
          if (result.done != 1) return fprintf(stderr, "%s: %d\n", result.where, result.error), 1;
          printf("%llu %u\n", (unsigned long long)result.image_bytes, result.header_crc);
          return argc != 4;
        }
        """;

    private static readonly string[] Sources =
        ["writer.c", "writer_maps.c", "writer_pages.c", "writer_stream.c", "excluded.c", "own_memory.c", "crc32c.c", "sha256.c", "text.c", "context.S"];

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(ImageCodec.None)]
    [InlineData(ImageCodec.Zstd)]
    [InlineData(ImageCodec.Auto)]
    public void An_image_of_the_native_writer_opens_and_verifies(ImageCodec codec)
    {
        string printed = Write(codec);

        using ImageReader image = ImageReader.Open(_directory["a.img"]);
        image.VerifyData();

        Assert.Equal($"{image.Header.FileSize} {image.Header.Crc}", printed);
        Assert.Equal(codec, image.Codec);
        Assert.Equal(7ul, image.Header.Epoch);
        Assert.Contains(image.Vmas, v => v.Length == 1ul << 40);
        Assert.Contains(image.Vmas, v => v.Shared == 1 && image.NameOf(v) == _directory["metadata"]);
        ImageExtent[] mine = [.. image.Extents.Where(e => e.Address >= Address && e.Address < Address + Bytes)];
        Assert.Equal(Bytes - 4096, mine.Aggregate(0ul, (sum, e) => sum + e.Length));
        Assert.True(image.StreamLength < 2 * Bytes, "reserved memory must not be saved");
        if (codec != ImageCodec.None)
        {
            Assert.Contains(image.Chunks, c => (ImageCodec)c.Codec == ImageCodec.Zstd && c.StoredLength < c.RawLength / 2);
        }
    }

    [Fact]
    public void A_plain_image_holds_the_pages_at_their_place_in_the_stream()
    {
        Write(ImageCodec.None);
        using ImageReader image = ImageReader.Open(_directory["a.img"]);
        ImageExtent first = image.Extents.Single(e => e.Address == Address);
        byte[] file = File.ReadAllBytes(_directory["a.img"]);
        ulong x = 1;
        for (ulong at = 0; at < first.Length; at += 8)
        {
            x = unchecked((x * 6364136223846793005) + 1);
            Assert.Equal(x, BitConverter.ToUInt64(file, (int)(image.Header.Data.Offset + first.StreamOffset + at)));
        }
    }

    private string Write(ImageCodec codec)
    {
        var metadata = new ProcessMetadata
        {
            Identity = new ProcessIdentity { Pid = Pid },
            Threads = [new ThreadMetadata { Tid = Pid, ContextAddress = Address }],
        };
        _directory.Write("metadata", metadata.ToBytes().ToArray());
        _directory.Write("t.c", System.Text.Encoding.UTF8.GetBytes(Program));
        string shim = Path.Combine(Repository.Root, "native-shim", "shim");
        CCompiler.Run(
            "cc",
            [
                "-std=gnu11", "-O1", "-msse4.2", "-fno-strict-aliasing", "-I", Repository.NativeInclude, "-I", shim,
                "-o", _directory["t"], _directory["t.c"], .. Sources.Select(name => Path.Combine(shim, name)),
                "-l:libzstd.a",
            ]);
        return CCompiler.Run(
            _directory["t"], _directory["a.img"], $"{(int)codec}", _directory["metadata"]).Trim();
    }
}
