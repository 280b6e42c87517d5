using System.Runtime.CompilerServices;
using Interpose.Images.Format;

namespace Interpose.Images;

/// <summary>
/// Checks the memory map of an image: whoever reads it after that may map, seek and index by it without looking again.
/// </summary>
internal sealed class ImageLayoutValidator(ImageFile file, ImageHeader header)
{
    private const ulong UserEnd = Metadata.MetadataLimits.UserAddressEnd;
    private const ulong Page = ImageHeader.ExpectedPageSize;
    private const uint AllProtections = 7;

    /// <summary>A zstd frame of incompressible bytes is larger than they are, by less than this.</summary>
    private const uint MaxExpansion = 16 << 10;

    public void CheckVmas(ImageVma[] vmas, int stringBytes)
    {
        ulong previousEnd = 0;
        for (int i = 0; i < vmas.Length; i++)
        {
            ref readonly ImageVma vma = ref vmas[i];
            Require(vma.Start % Page == 0 && vma.End % Page == 0, Part.Vmas, $"{Name(i, vma)} is not page aligned");
            Require(vma.Start < vma.End, Part.Vmas, $"{Name(i, vma)} is empty or reversed");
            Require(vma.End <= UserEnd, Part.Vmas, $"{Name(i, vma)} is not in the user half of the address space");
            Require(
                vma.Start >= previousEnd, Part.Vmas, $"{Name(i, vma)} overlaps or precedes the one before, to 0x{previousEnd:x}");
            Require(vma.Protection <= AllProtections, Part.Vmas, $"{Name(i, vma)} has protection 0x{vma.Protection:x}");
            Require(vma.Shared <= 1, Part.Vmas, $"{Name(i, vma)} has sharing {vma.Shared}, expected 0 or 1");
            Require(
                (ulong)vma.NameOffset + vma.NameLength <= (ulong)stringBytes,
                Part.Vmas,
                $"{Name(i, vma)} has its name at {vma.NameOffset}+{vma.NameLength}, beyond the {stringBytes} bytes of names");
            previousEnd = vma.End;
        }
    }

    /// <returns>Bytes of the logical stream.</returns>
    public ulong CheckChunks(ImageChunk[] chunks)
    {
        ImageSection data = header.Data;
        ulong stream = 0;
        for (int i = 0; i < chunks.Length; i++)
        {
            ref readonly ImageChunk chunk = ref chunks[i];
            bool last = i == chunks.Length - 1;
            Require(
                last ? chunk.RawLength is > 0 and <= ImageHeader.ChunkSize : chunk.RawLength == ImageHeader.ChunkSize,
                Part.Chunks,
                $"chunk {i} holds {chunk.RawLength} bytes of the stream, expected {ImageHeader.ChunkSize}{(last ? " at most" : "")}");
            Require(chunk.RawLength % Page == 0, Part.Chunks, $"chunk {i} holds {chunk.RawLength} bytes, not whole pages");
            Require(
                chunk.FileOffset >= data.Offset
                    && chunk.StoredLength <= data.Length
                    && chunk.FileOffset - data.Offset <= data.Length - chunk.StoredLength,
                Part.Chunks,
                $"chunk {i} at {chunk.FileOffset}+{chunk.StoredLength} is outside the page data at {data.Offset}+{data.Length}");
            CheckCodec(chunk, i, stream);
            stream += chunk.RawLength;
        }

        return stream;
    }

    public void CheckExtents(ImageExtent[] extents, ImageVma[] vmas, ulong streamLength)
    {
        ulong stream = 0;
        for (int i = 0; i < extents.Length; i++)
        {
            ref readonly ImageExtent extent = ref extents[i];
            Require(
                extent.Address % Page == 0 && extent.Length % Page == 0 && extent.StreamOffset % Page == 0,
                Part.Extents,
                $"{Name(i, extent)} at stream offset {extent.StreamOffset} is not page aligned");
            Require(extent.Length > 0, Part.Extents, $"{Name(i, extent)} is empty");
            if (extent.Source != 0)
            {
                throw file.Error(
                    "extent table", header.Extents.Offset, $"{Name(i, extent)} is in parent image {extent.Source}",
                    "this version of Interpose reads complete images only; restart with the version that wrote it");
            }

            Require(
                extent.StreamOffset == stream,
                Part.Extents,
                $"{Name(i, extent)} is at stream offset {extent.StreamOffset}, expected {stream}");
            Require(
                extent.Length <= streamLength - stream,
                Part.Extents,
                $"{Name(i, extent)} at stream offset {stream} is beyond the {streamLength} bytes of the stream");
            Require(
                extent.SharedObject != 0 || IsInsideOneMapping(extent, vmas),
                Part.Extents,
                $"{Name(i, extent)} is not inside one mapping");
            stream += extent.Length;
        }

        Require(
            stream == streamLength, Part.Extents, $"the extents cover {stream} of the {streamLength} bytes of the stream");
        CheckOverlaps(extents);
    }

    private void CheckCodec(in ImageChunk chunk, int i, ulong streamOffset)
    {
        switch ((ImageCodec)chunk.Codec)
        {
            case ImageCodec.None:
                Require(
                    chunk.StoredLength == chunk.RawLength,
                    Part.Chunks,
                    $"chunk {i} is stored plain in {chunk.StoredLength} bytes, expected {chunk.RawLength}");
                break;
            case ImageCodec.Zstd:
                Require(
                    chunk.StoredLength > 0 && chunk.StoredLength <= chunk.RawLength + MaxExpansion,
                    Part.Chunks,
                    $"chunk {i} is compressed to {chunk.StoredLength} bytes from {chunk.RawLength}");
                break;
            default:
                throw file.Error(
                    "chunk table", header.Chunks.Offset, $"chunk {i} has the unknown codec {chunk.Codec}");
        }

        if (header.Codec == (uint)ImageCodec.None)
        {
            // Restart maps such an image by stream offset, so the stream must lie there in one piece.
            Require(
                chunk.Codec == (uint)ImageCodec.None && chunk.FileOffset == header.Data.Offset + streamOffset,
                Part.Chunks,
                $"chunk {i} at {chunk.FileOffset} breaks the plain stream, expected at {header.Data.Offset + streamOffset}");
        }
    }

    private static bool IsInsideOneMapping(in ImageExtent extent, ImageVma[] vmas)
    {
        int i = VmaTable.Find(vmas, extent.Address);
        return i >= 0 && extent.Length <= vmas[i].End - extent.Address;
    }

    private void CheckOverlaps(ImageExtent[] extents)
    {
        ImageExtent[] sorted = [.. extents];
        Array.Sort(
            sorted,
            static (x, y) => x.SharedObject != y.SharedObject ? x.SharedObject.CompareTo(y.SharedObject) : x.Address.CompareTo(y.Address));
        for (int i = 1; i < sorted.Length; i++)
        {
            ImageExtent before = sorted[i - 1], here = sorted[i];
            Require(
                before.SharedObject != here.SharedObject || before.Length <= here.Address - before.Address,
                Part.Extents,
                $"extents at 0x{before.Address:x}+0x{before.Length:x} and 0x{here.Address:x} overlap");
        }
    }

    private static string Name(int i, in ImageVma vma) => $"mapping {i} (0x{vma.Start:x}-0x{vma.End:x})";

    private static string Name(int i, in ImageExtent extent) =>
        $"extent {i} (0x{extent.Address:x}+0x{extent.Length:x})";

    private void Require(
        bool condition, Part part, [InterpolatedStringHandlerArgument(nameof(condition))] FailureText found)
    {
        if (!condition)
        {
            (string name, ulong offset) = part switch
            {
                Part.Vmas => ("vma table", header.Vmas.Offset),
                Part.Chunks => ("chunk table", header.Chunks.Offset),
                _ => ("extent table", header.Extents.Offset),
            };
            throw file.Error(name, offset, found.ToString());
        }
    }

    private enum Part
    {
        Vmas,
        Chunks,
        Extents,
    }
}
