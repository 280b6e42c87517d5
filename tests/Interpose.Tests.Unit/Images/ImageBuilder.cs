using System.Runtime.InteropServices;
using System.Text;
using Interpose.Images;
using Interpose.Images.Format;
using Interpose.Images.Metadata;

namespace Interpose.Tests.Unit.Images;

/// <summary>
/// Builds a small image the way the shim's writer does. Every part can be replaced or edited before the checksum over
/// it is taken, so that a test can make exactly one thing wrong.
/// </summary>
internal sealed class ImageBuilder
{
    public const int Pid = 4711;
    public const ulong Epoch = 3;
    public const ulong Heap = 0x5555_0000_0000;
    public const ulong Stack = 0x7fff_0000_0000;
    public const int Page = 4096;

    public ProcessMetadata Metadata { get; set; } = SmallProcess();

    /// <summary>Replaces the encoded metadata.</summary>
    public byte[]? MetadataBytes { get; set; }

    public string Names { get; set; } = "[heap][stack]";

    public List<ImageVma> Vmas { get; set; } =
    [
        new() { Start = Heap, End = Heap + (512 * Page), Protection = 3, NameOffset = 0, NameLength = 6 },
        new() { Start = Stack, End = Stack + (16 * Page), Protection = 3, NameOffset = 6, NameLength = 7 },
    ];

    public List<ImageExtent> Extents { get; set; } =
    [
        new() { Address = Heap, Length = 256 * Page, StreamOffset = 0 },
        new() { Address = Stack + Page, Length = 2 * Page, StreamOffset = 256 * Page },
    ];

    /// <summary>Stored bytes and codec of each chunk, in stream order.</summary>
    public List<(byte[] Stored, uint RawLength, ImageCodec Codec)> Chunks { get; set; } =
    [
        (Pattern((int)ImageHeader.ChunkSize, 1), ImageHeader.ChunkSize, ImageCodec.None),
        (Pattern(2 * Page, 2), 2 * Page, ImageCodec.None),
    ];

    public ImageCodec Codec { get; set; } = ImageCodec.None;

    public delegate void HeaderEdit(ref ImageHeader header);

    /// <summary>Changes the header before its checksum is taken.</summary>
    public HeaderEdit? EditHeader { get; set; }

    /// <summary>Changes the chunk table before its checksum is taken.</summary>
    public Action<ImageChunk[]>? EditChunks { get; set; }

    /// <summary>Changes the finished file.</summary>
    public Func<byte[], byte[]>? EditFile { get; set; }

    public static ProcessMetadata SmallProcess() => new()
    {
        Identity = new ProcessIdentity { Pid = Pid, ParentPid = 1, Host = "here", Comm = "guest", Executable = "/bin/guest" },
        Threads =
        [
            new ThreadMetadata { Tid = Pid, Name = "guest", ContextAddress = Stack + (2 * Page) },
            new ThreadMetadata { Tid = Pid + 1, Name = "worker", ContextAddress = Heap + Page },
        ],
    };

    public static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public byte[] Build()
    {
        int headerSize = Marshal.SizeOf<ImageHeader>();
        byte[] metadata = MetadataBytes ?? Metadata.ToBytes().ToArray();
        byte[] names = Encoding.UTF8.GetBytes(Names);
        byte[] vmas = Bytes(Vmas.ToArray());
        byte[] extents = Bytes(Extents.ToArray());
        int chunkBytes = Chunks.Count * Marshal.SizeOf<ImageChunk>();

        int offset = headerSize;
        ImageSection metadataSection = Place(metadata, 0, ref offset);
        ImageSection vmaSection = Place(vmas, Vmas.Count, ref offset);
        ImageSection nameSection = Place(names, 0, ref offset);
        ImageSection extentSection = Place(extents, Extents.Count, ref offset);
        int chunkOffset = offset;
        int dataOffset = (chunkOffset + chunkBytes + Page - 1) / Page * Page;

        var table = new ImageChunk[Chunks.Count];
        int at = dataOffset;
        for (int i = 0; i < table.Length; i++)
        {
            (byte[] stored, uint raw, ImageCodec codec) = Chunks[i];
            table[i] = new ImageChunk
            {
                FileOffset = (ulong)at,
                StoredLength = (uint)stored.Length,
                RawLength = raw,
                Codec = (uint)codec,
                Crc = Crc32C.ComputeInterleaved(stored),
            };
            at += stored.Length;
        }

        EditChunks?.Invoke(table);
        byte[] chunks = Bytes(table);
        int end = chunkOffset;
        ImageSection chunkSection = Place(chunks, table.Length, ref end);

        var header = new ImageHeader
        {
            Magic = ImageHeader.ExpectedMagic,
            Version = ImageHeader.ExpectedVersion,
            Arch = ImageHeader.ArchX8664,
            PageSize = Page,
            Codec = (uint)Codec,
            Abi = 1,
            Pid = Pid,
            FileSize = (ulong)at,
            Epoch = Epoch,
            Metadata = metadataSection,
            Vmas = vmaSection,
            Strings = nameSection,
            Extents = extentSection,
            Chunks = chunkSection,
            Data = new ImageSection { Offset = (ulong)dataOffset, Length = (ulong)(at - dataOffset) },
        };
        EditHeader?.Invoke(ref header);
        header.Crc = Crc32C.Compute(HeaderBytes(header).AsSpan(0, headerSize - sizeof(uint)));

        byte[] file = new byte[at];
        HeaderBytes(header).CopyTo(file, 0);
        byte[] tables = [.. metadata, .. vmas, .. names, .. extents, .. chunks];
        tables.CopyTo(file, headerSize);
        Chunks.SelectMany(static c => c.Stored).ToArray().CopyTo(file, dataOffset);
        return EditFile?.Invoke(file) ?? file;
    }

    private static ImageSection Place(byte[] bytes, int count, ref int offset)
    {
        var section = new ImageSection
        {
            Offset = (ulong)offset,
            Length = (ulong)bytes.Length,
            Count = (uint)count,
            Crc = Crc32C.Compute(bytes),
        };
        offset += bytes.Length;
        return section;
    }

    private static byte[] HeaderBytes(ImageHeader header) => Bytes([header]);

    private static byte[] Bytes<T>(T[] records)
        where T : unmanaged => MemoryMarshal.AsBytes(records.AsSpan()).ToArray();
}
