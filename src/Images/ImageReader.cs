using System.Runtime.InteropServices;
using Interpose.Images.Format;
using Interpose.Images.Metadata;

namespace Interpose.Images;

/// <summary>
/// One process image, opened and checked: after <see cref="Open"/> every table is consistent with itself, with the
/// others and with the file. Only page data is not read; <see cref="VerifyData"/> does that.
/// </summary>
public sealed class ImageReader : IDisposable
{
    private readonly ImageFile _file;
    private readonly byte[] _strings;

    private ImageReader(ImageFile file)
    {
        _file = file;
        Header = ReadHeader(file);
        CheckSections();
        MetadataBytes = file.ReadBytes(Header.Metadata, "metadata", MetadataLimits.SectionBytes);
        Metadata = ProcessMetadata.FromBytes(MetadataBytes, file.Path);
        _strings = file.ReadBytes(Header.Strings, "names");
        Vmas = file.ReadTable<ImageVma>(Header.Vmas, "vma table");
        Extents = file.ReadTable<ImageExtent>(Header.Extents, "extent table");
        Chunks = file.ReadTable<ImageChunk>(Header.Chunks, "chunk table");

        var layout = new ImageLayoutValidator(file, Header);
        layout.CheckVmas(Vmas, _strings.Length);
        StreamLength = layout.CheckChunks(Chunks);
        layout.CheckExtents(Extents, Vmas, StreamLength);
        ImageConsistency.Check(this);
    }

    /// <summary>The file, as it was given to <see cref="Open"/>.</summary>
    public string Path => _file.Path;

    /// <summary>The header; its magic, version, architecture and checksum are right.</summary>
    public ImageHeader Header { get; }

    /// <summary>The metadata section as it is.</summary>
    public ReadOnlyMemory<byte> MetadataBytes { get; }

    /// <summary>The metadata section, read.</summary>
    public ProcessMetadata Metadata { get; }

    /// <summary>The mappings, ascending and without overlap.</summary>
    public ImageVma[] Vmas { get; }

    /// <summary>Where the pages of the stream belong. Private ones lie inside one mapping each.</summary>
    public ImageExtent[] Extents { get; }

    /// <summary>The stream as it is stored, in stream order.</summary>
    public ImageChunk[] Chunks { get; }

    /// <summary>Bytes of the logical page stream.</summary>
    public ulong StreamLength { get; }

    /// <summary>The codec that the checkpoint was asked for.</summary>
    public ImageCodec Codec => (ImageCodec)Header.Codec;

    /// <summary>
    /// True when the stream lies in the file in one piece, page aligned: stream offset x is at file offset
    /// Header.Data.Offset + x and can be mapped.
    /// </summary>
    public bool IsPlain => Codec == ImageCodec.None;

    /// <summary>Opens an image and checks all of it but the page data.</summary>
    /// <exception cref="ImageException">The file is not an image that this program can use; the message says why.</exception>
    public static ImageReader Open(string path)
    {
        ImageFile file = ImageFile.Open(path);
        try
        {
            return new ImageReader(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What /proc/PID/maps called the mapping: a path, a name in brackets, or "" for anonymous memory.</summary>
    public string NameOf(in ImageVma vma) =>
        LinuxText.Decode(_strings.AsSpan((int)vma.NameOffset, (int)vma.NameLength));

    /// <summary>Reads all page data and compares every chunk with its checksum.</summary>
    /// <param name="workers">Threads to use; 0 for one per processor.</param>
    /// <exception cref="ImageException">Some chunk is damaged; the message names the first.</exception>
    public void VerifyData(int workers = 0) => new ChunkVerifier(_file, Chunks).Verify(workers);

    public void Dispose() => _file.Dispose();

    private static ImageHeader ReadHeader(ImageFile file)
    {
        Span<byte> bytes = stackalloc byte[Marshal.SizeOf<ImageHeader>()];
        file.Read(bytes, 0, "header");
        ImageHeader header = MemoryMarshal.Read<ImageHeader>(bytes);
        if (header.Magic != ImageHeader.ExpectedMagic)
        {
            throw file.Error(
                "header", 0, $"expected magic {ImageHeader.ExpectedMagic:x16}, found {header.Magic:x16}",
                "this is not a process image");
        }

        // The version comes before the checksum: another version may keep it elsewhere.
        if (header.Version != ImageHeader.ExpectedVersion)
        {
            throw file.Error(
                "header", 8, $"expected image version {ImageHeader.ExpectedVersion}, found {header.Version}",
                "restart with the version of Interpose that wrote it");
        }

        uint crc = Crc32C.Compute(bytes[..^sizeof(uint)]);
        if (crc != header.Crc)
        {
            throw file.Error("header", 0, $"expected checksum {header.Crc:x8}, found {crc:x8}");
        }

        if (header.Arch != ImageHeader.ArchX8664)
        {
            throw file.Error(
                "header", 12, $"expected architecture {ImageHeader.ArchX8664} (x86-64), found {header.Arch}",
                "restart it on a machine of that architecture");
        }

        if (header.PageSize != ImageHeader.ExpectedPageSize)
        {
            throw file.Error(
                "header", 16, $"expected pages of {ImageHeader.ExpectedPageSize} bytes, found {header.PageSize}",
                "restart it on a machine with pages of that size");
        }

        if (header.Codec > (uint)ImageCodec.Auto)
        {
            throw file.Error("header", 20, $"unknown codec {header.Codec}");
        }

        if (header.FileSize != (ulong)file.Length)
        {
            throw file.Error(
                "header", 32, $"expected a file of {header.FileSize} bytes, found {file.Length}",
                "the image is truncated or has grown; use another checkpoint");
        }

        return header;
    }

    private void CheckSections()
    {
        ulong headerSize = (ulong)Marshal.SizeOf<ImageHeader>();
        (string Name, ImageSection Section)[] sections =
        [
            ("metadata", Header.Metadata), ("vma table", Header.Vmas), ("names", Header.Strings),
            ("extent table", Header.Extents), ("chunk table", Header.Chunks), ("page data", Header.Data),
        ];
        foreach ((string name, ImageSection section) in sections)
        {
            if (section.Length > 0 && section.Offset < headerSize)
            {
                throw _file.Error(name, section.Offset, $"overlaps the header of {headerSize} bytes");
            }

            if (section.Offset > Header.FileSize || section.Length > Header.FileSize - section.Offset)
            {
                throw _file.Error(
                    name, section.Offset, $"its {section.Length} bytes reach beyond the file of {Header.FileSize} bytes");
            }
        }

        Array.Sort(sections, static (x, y) => x.Section.Offset.CompareTo(y.Section.Offset));
        ulong end = 0;
        foreach ((string name, ImageSection section) in sections.Where(s => s.Section.Length > 0))
        {
            if (section.Offset < end)
            {
                throw _file.Error(name, section.Offset, $"overlaps the section before, which ends at {end}");
            }

            end = section.Offset + section.Length;
        }

        if (Header.Data.Offset % ImageHeader.ExpectedPageSize != 0)
        {
            throw _file.Error("page data", Header.Data.Offset, "is not page aligned");
        }
    }
}
