using Interpose.Images;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using static Interpose.Tests.Unit.Images.ImageBuilder;

namespace Interpose.Tests.Unit.Images;

/// <summary>One image for each thing that can be wrong while every checksum is right: nothing but the check catches it.</summary>
public class HostileImageTests
{
    private static readonly Dictionary<string, (Action<ImageBuilder> Break, string Message)> Cases = new()
    {
        ["wrong magic"] = (b => b.EditHeader = (ref ImageHeader h) => h.Magic++, "not a process image"),
        ["another version"] =
            (b => b.EditHeader = (ref ImageHeader h) => h.Version = 2, "expected image version 1, found 2"),
        ["another architecture"] =
            (b => b.EditHeader = (ref ImageHeader h) => h.Arch = 183, "expected architecture 62 (x86-64), found 183"),
        ["another page size"] = (b => b.EditHeader = (ref ImageHeader h) => h.PageSize = 65536, "found 65536"),
        ["unknown codec"] = (b => b.EditHeader = (ref ImageHeader h) => h.Codec = 9, "unknown codec 9"),
        ["file longer than it says"] =
            (b => b.EditHeader = (ref ImageHeader h) => h.FileSize -= 4096, "header at offset 32: expected a file of"),
        ["another process"] =
            (b => b.EditHeader = (ref ImageHeader h) => h.Pid = 5, "header is of process 5, the metadata of 4711"),
        ["section over the header"] =
            (b => b.EditHeader = (ref ImageHeader h) => h.Vmas.Offset = 100, "vma table at offset 100: overlaps the header"),
        ["section beyond the file"] = (
            b => b.EditHeader = (ref ImageHeader h) => h.Extents.Offset = h.FileSize - 8,
            "reach beyond the file"),
        ["section offset that overflows"] = (
            b => b.EditHeader = (ref ImageHeader h) => h.Extents.Offset = ulong.MaxValue - 8,
            "reach beyond the file"),
        ["section length that overflows"] = (
            b => b.EditHeader = (ref ImageHeader h) => h.Strings.Length = ulong.MaxValue,
            "reach beyond the file"),
        ["sections over each other"] = (
            b => b.EditHeader = (ref ImageHeader h) => h.Extents.Offset = h.Vmas.Offset + 8,
            "overlaps the section before"),
        ["count and length disagree"] = (
            b => b.EditHeader = (ref ImageHeader h) => h.Vmas.Count = uint.MaxValue,
            "vma table at offset"),
        ["unaligned page data"] = (
            b => b.EditHeader = (ref ImageHeader h) => h.Data = new() { Offset = h.Data.Offset + 8, Length = h.Data.Length - 8 },
            "page data at offset"),
        ["table checksum"] = (b => b.EditHeader = (ref ImageHeader h) => h.Vmas.Crc++, "vma table at offset"),
        ["mapping not aligned"] = (b => EditVma(b, 0, v => v with { Start = v.Start + 1 }), "is not page aligned"),
        ["mapping reversed"] = (b => EditVma(b, 0, v => v with { End = v.Start - Page }), "is empty or reversed"),
        ["mapping in the kernel"] = (
            b => EditVma(b, 1, v => v with { Start = 0xffff_8000_0000_0000, End = 0xffff_8000_0000_1000 }),
            "not in the user half"),
        ["mapping to the last address"] = (
            b => EditVma(b, 1, v => v with { End = 0xffff_ffff_ffff_f000 }), "not in the user half"),
        ["mappings overlap"] = (b => EditVma(b, 1, v => v with { Start = Heap + Page }), "overlaps or precedes"),
        ["mappings out of order"] = (b => b.Vmas.Reverse(), "overlaps or precedes"),
        ["mapping with odd protection"] = (b => EditVma(b, 0, v => v with { Protection = 8 }), "has protection 0x8"),
        ["mapping with odd sharing"] = (b => EditVma(b, 0, v => v with { Shared = 2 }), "has sharing 2"),
        ["name beyond the names"] = (b => EditVma(b, 0, v => v with { NameOffset = 10 }), "beyond the 13 bytes of names"),
        ["name length that overflows"] = (
            b => EditVma(b, 0, v => v with { NameOffset = uint.MaxValue, NameLength = uint.MaxValue }), "bytes of names"),
        ["extent not aligned"] = (b => EditExtent(b, 0, e => e with { Address = e.Address + 8 }), "is not page aligned"),
        ["extent empty"] = (b => EditExtent(b, 0, e => e with { Length = 0 }), "is empty"),
        ["extent in no mapping"] = (b => EditExtent(b, 0, e => e with { Address = 0x1000 }), "not inside one mapping"),
        ["extent over the end of a mapping"] = (
            b => EditExtent(b, 0, e => e with { Address = Heap + (500 * Page) }), "not inside one mapping"),
        ["extent that wraps around"] = (
            b => EditExtent(b, 0, e => e with { Length = 0xffff_ffff_ffff_f000 }), "beyond the 1056768 bytes of the stream"),
        ["extent beyond the stream"] = (
            b => EditExtent(b, 1, e => e with { Length = e.Length + Page }), "beyond the 1056768 bytes of the stream"),
        ["extents with a gap in the stream"] = (
            b => EditExtent(b, 1, e => e with { StreamOffset = e.StreamOffset + Page }),
            "is at stream offset 1052672, expected 1048576"),
        ["extents that leave some of the stream"] = (
            b => EditExtent(b, 1, e => e with { Length = Page }), "cover 1052672 of the 1056768 bytes"),
        ["extents overlap"] = (
            b => EditExtent(b, 1, e => e with { Address = Heap + (255 * Page) }), "overlap"),
        ["extent of a parent image"] = (
            b => EditExtent(b, 0, e => e with { Source = 1 }), "is in parent image 1"),
        ["extent of no shared object"] = (
            b => EditExtent(b, 0, e => e with { SharedObject = 1, Address = 0 }), "shared object 1 of 0"),
        ["extent beyond its shared object"] = (BeyondSharedObject, "beyond the 4096 bytes of shared object 1"),
        ["chunk of a wrong length"] = (
            b => b.EditChunks = c => c[0].RawLength -= Page, "chunk 0 holds 1044480 bytes of the stream"),
        ["last chunk empty"] = (b => b.EditChunks = c => c[1].RawLength = 0, "chunk 1 holds 0 bytes"),
        ["last chunk too long"] = (
            b => b.EditChunks = c => c[1].RawLength = ImageHeader.ChunkSize + Page, "expected 1048576 at most"),
        ["last chunk of half a page"] = (
            b => b.EditChunks = c => c[1].StoredLength = c[1].RawLength = 2048, "not whole pages"),
        ["chunk before the page data"] = (
            b => b.EditChunks = c => c[0].FileOffset = 0, "outside the page data"),
        ["chunk beyond the page data"] = (
            b => b.EditChunks = c => c[1].FileOffset += Page, "outside the page data"),
        ["chunk offset that overflows"] = (
            b => b.EditChunks = c => c[1].FileOffset = ulong.MaxValue - 4095, "outside the page data"),
        ["chunk of unknown codec"] = (
            b => b.EditChunks = c => c[0].Codec = 2, "chunk 0 has the unknown codec 2"),
        ["plain chunk of another length"] = (
            b => b.EditChunks = c => c[0].StoredLength -= 1, "is stored plain in"),
        ["compressed chunk that expands"] = (
            b =>
            {
                b.Codec = ImageCodec.Zstd;
                b.Chunks[1] = (Pattern(200_000, 3), 2 * Page, ImageCodec.Zstd);
            },
            "is compressed to 200000 bytes"),
        ["plain stream in pieces"] = (
            b => b.EditChunks = c => (c[1].FileOffset, c[1].Crc) = (c[0].FileOffset, 0), "breaks the plain stream"),
        ["thread context in no mapping"] = (
            b => b.Metadata = WithThread(new() { Tid = Pid, ContextAddress = 0x1000 }), "in no mapping"),
        ["thread context in the kernel"] = (
            b => b.Metadata = WithThread(new() { Tid = Pid, ContextAddress = 0xffff_ffff_8100_0000 }), "not a user address"),
        ["metadata that is not MessagePack"] = (b => b.MetadataBytes = Pattern(500, 9), "metadata is malformed"),
        ["metadata with a huge count"] = (
            b => b.MetadataBytes = [0xdd, 0xff, 0xff, 0xff, 0xff], "metadata is malformed"),
        ["no metadata"] = (b => b.MetadataBytes = [], "metadata is malformed"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_refused_with_a_message_that_says_what_is_wrong(string name)
    {
        using var directory = new TestDirectory();
        var builder = new ImageBuilder();
        Cases[name].Break(builder);
        string path = directory.Write("bad.img", builder.Build());

        ImageException e = Assert.Throws<ImageException>(() => ImageReader.Open(path));

        Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
        Assert.Contains(Cases[name].Message, e.Message, StringComparison.Ordinal);
    }

    private static void EditVma(ImageBuilder builder, int i, Func<ImageVma, ImageVma> edit) =>
        builder.Vmas[i] = edit(builder.Vmas[i]);

    private static void EditExtent(ImageBuilder builder, int i, Func<ImageExtent, ImageExtent> edit) =>
        builder.Extents[i] = edit(builder.Extents[i]);

    private static ProcessMetadata WithThread(ThreadMetadata thread) => new()
    {
        Identity = new ProcessIdentity { Pid = Pid },
        Threads = [thread],
    };

    private static void BeyondSharedObject(ImageBuilder builder)
    {
        builder.Metadata = new ProcessMetadata
        {
            Identity = new ProcessIdentity { Pid = Pid },
            Threads = [new ThreadMetadata { Tid = Pid, ContextAddress = Heap }],
            SharedObjects = [new SharedObject { Kind = SharedObjectKind.MemFd, Size = 100 }],
        };
        builder.Extents[1] = new ImageExtent
        {
            Address = 0, Length = 2 * Page, StreamOffset = 256 * Page, SharedObject = 1,
        };
    }
}
