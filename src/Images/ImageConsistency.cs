using Interpose.Images.Format;
using Interpose.Images.Metadata;

namespace Interpose.Images;

/// <summary>Checks what the metadata says against the header and the memory map of the same image.</summary>
internal static class ImageConsistency
{
    public static void Check(ImageReader image)
    {
        ProcessMetadata metadata = image.Metadata;
        if (metadata.Identity.Pid != image.Header.Pid)
        {
            throw Bad(image, $"the header is of process {image.Header.Pid}, the metadata of {metadata.Identity.Pid}");
        }

        CheckSharedExtents(image, metadata.SharedObjects);
        foreach (ThreadMetadata thread in metadata.Threads)
        {
            if (VmaTable.Find(image.Vmas, thread.ContextAddress) < 0)
            {
                throw Bad(
                    image,
                    $"the context of thread {thread.Tid} at 0x{thread.ContextAddress:x} is in no mapping");
            }
        }
    }

    private static void CheckSharedExtents(ImageReader image, IReadOnlyList<SharedObject> objects)
    {
        foreach (ImageExtent extent in image.Extents)
        {
            if (extent.SharedObject == 0)
            {
                continue;
            }

            if (extent.SharedObject > objects.Count)
            {
                throw Bad(image, $"an extent belongs to shared object {extent.SharedObject} of {objects.Count}");
            }

            // The last page of a file is saved whole.
            ulong size = RoundUp((ulong)objects[(int)extent.SharedObject - 1].Size);
            if (extent.Length > size || extent.Address > size - extent.Length)
            {
                throw Bad(
                    image,
                    $"an extent at {extent.Address}+{extent.Length} is beyond the {size} bytes of shared object {extent.SharedObject}");
            }
        }
    }

    private static ulong RoundUp(ulong size) =>
        (size + ImageHeader.ExpectedPageSize - 1) / ImageHeader.ExpectedPageSize * ImageHeader.ExpectedPageSize;

    private static ImageException Bad(ImageReader image, string found) =>
        new($"{image.Path}: the parts of the image do not fit together: {found}; use another checkpoint");
}
