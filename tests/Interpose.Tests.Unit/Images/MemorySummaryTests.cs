using Interpose.Images;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Images.Reports;

namespace Interpose.Tests.Unit.Images;

public class MemorySummaryTests
{
    private static readonly MemoryLayout Layout =
        new() { StartStack = 0x7ffd_0000_1000, StartBreak = 0x5555_0000_0000, Break = 0x5555_0010_0000 };

    [Theory]
    [InlineData(0x7ffd_0000_0000, 3, 0, "", MemoryKind.Stack)]
    [InlineData(0x5555_0000_0000, 3, 0, "", MemoryKind.Heap)]
    [InlineData(0x1000_0000, 3, 0, "", MemoryKind.Anonymous)]
    [InlineData(0x1000_0000, 0, 0, "", MemoryKind.Reserved)]
    [InlineData(0x1000_0000, 5, 0, "/usr/lib/libc.so.6", MemoryKind.PrivateFile)]
    [InlineData(0x1000_0000, 0, 0, "/usr/lib/libc.so.6", MemoryKind.PrivateFile)]
    [InlineData(0x1000_0000, 3, 1, "/var/lib/data", MemoryKind.SharedFile)]
    [InlineData(0x1000_0000, 3, 1, "/dev/zero (deleted)", MemoryKind.SharedMemory)]
    [InlineData(0x1000_0000, 3, 1, "/memfd:x (deleted)", MemoryKind.SharedMemory)]
    [InlineData(0x1000_0000, 5, 0, "[vdso]", MemoryKind.Kernel)]
    public void Kind_of_a_mapping(ulong start, uint protection, uint shared, string name, MemoryKind expected)
    {
        var vma = new ImageVma { Start = start, End = start + 0x8000, Protection = protection, Shared = shared };
        Assert.Equal(expected, MemorySummary.KindOf(vma, name, Layout));
    }

    [Fact]
    public void Totals_count_mappings_address_space_and_saved_pages()
    {
        using var directory = new TestDirectory();
        using ImageReader image = ImageReader.Open(directory.Write("a.img", new ImageBuilder().Build()));
        Assert.Equal(
            [
                new MemoryTotal(MemoryKind.Stack, 1, 16 * ImageBuilder.Page, 2 * ImageBuilder.Page),
                new MemoryTotal(MemoryKind.Heap, 1, 512 * ImageBuilder.Page, 256 * ImageBuilder.Page),
            ],
            MemorySummary.Of(image));
    }
}
