using Interpose.Images.Format;

namespace Interpose.Tests.Unit.Native;

/// <summary>Holds the C# mirror of the image format to native-shim/include/interpose_image.h.</summary>
public class ImageHeaderLayoutTests
{
    private const string Header = "interpose_image.h";

    [Fact]
    public void Section() => SameLayout<ImageSection>("ip_section", "offset length count crc");

    [Fact]
    public void ImageHeader() => SameLayout<ImageHeader>(
        "ip_image_header",
        "magic version arch page_size codec abi pid file_size epoch metadata vmas strings extents chunks data reserved crc");

    [Fact]
    public void Vma() => SameLayout<ImageVma>(
        "ip_image_vma",
        "start end file_offset inode vm_flags dev_major dev_minor prot shared name_offset name_length");

    [Fact]
    public void Extent() => SameLayout<ImageExtent>("ip_image_extent", "address length stream_offset object source");

    [Fact]
    public void Chunk() =>
        SameLayout<ImageChunk>("ip_image_chunk", "file_offset stored_length raw_length codec crc");

    [Fact]
    public void Constants()
    {
        var expected = new Dictionary<string, ulong>
        {
            ["IP_IMAGE_MAGIC"] = Interpose.Images.Format.ImageHeader.ExpectedMagic,
            ["IP_IMAGE_VERSION"] = Interpose.Images.Format.ImageHeader.ExpectedVersion,
            ["IP_ARCH_X86_64"] = Interpose.Images.Format.ImageHeader.ArchX8664,
            ["IP_PAGE_SIZE"] = Interpose.Images.Format.ImageHeader.ExpectedPageSize,
            ["IP_CHUNK_SIZE"] = Interpose.Images.Format.ImageHeader.ChunkSize,
        };
        foreach (ImageCodec codec in Enum.GetValues<ImageCodec>())
        {
            expected[$"IP_CODEC_{codec.ToString().ToUpperInvariant()}"] = (ulong)codec;
        }

        foreach (VmAttributes attribute in Enum.GetValues<VmAttributes>().Where(a => a != VmAttributes.None))
        {
            expected[$"IP_VM_{attribute.ToString().ToUpperInvariant()}"] = (ulong)attribute;
        }

        Assert.Equal(expected, CCompiler.Evaluate(Header, expected.Keys));
    }

    private static void SameLayout<T>(string structure, string fields)
        where T : unmanaged => NativeLayout.AssertSame<T>(Header, structure, fields);
}
