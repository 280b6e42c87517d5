using Interpose.Images.Format;
using Interpose.Images.Metadata;

namespace Interpose.Images.Reports;

/// <summary>The memory of a saved process by kind.</summary>
public static class MemorySummary
{
    private const string MemFdPrefix = "/memfd:";
    private const string DeletedSuffix = " (deleted)";

    /// <summary>Totals of every kind that the process has, in the order of <see cref="MemoryKind"/>.</summary>
    public static IReadOnlyList<MemoryTotal> Of(ImageReader image)
    {
        int kinds = Enum.GetValues<MemoryKind>().Length;
        int[] counts = new int[kinds];
        ulong[] address = new ulong[kinds];
        ulong[] saved = new ulong[kinds];
        MemoryKind[] kindOf = new MemoryKind[image.Vmas.Length];
        for (int i = 0; i < image.Vmas.Length; i++)
        {
            ref readonly ImageVma vma = ref image.Vmas[i];
            MemoryKind kind = kindOf[i] = KindOf(vma, image.NameOf(vma), image.Metadata.Memory);
            counts[(int)kind]++;
            address[(int)kind] += vma.Length;
        }

        foreach (ImageExtent extent in image.Extents)
        {
            MemoryKind kind = extent.SharedObject == 0
                ? kindOf[VmaTable.Find(image.Vmas, extent.Address)]
                : MemoryKind.SharedMemory;
            saved[(int)kind] += extent.Length;
        }

        return
        [
            .. Enum.GetValues<MemoryKind>()
                .Where(k => counts[(int)k] > 0 || saved[(int)k] > 0)
                .Select(k => new MemoryTotal(k, counts[(int)k], address[(int)k], saved[(int)k])),
        ];
    }

    /// <summary>The kind of one mapping.</summary>
    /// <param name="vma">The mapping.</param>
    /// <param name="name">Its name.</param>
    /// <param name="memory">Where heap and stack are.</param>
    public static MemoryKind KindOf(in ImageVma vma, string name, MemoryLayout memory)
    {
        if (name is "[vdso]" || name.StartsWith("[vvar", StringComparison.Ordinal))
        {
            return MemoryKind.Kernel;
        }

        if (name is "[stack]" || (vma.Start <= memory.StartStack && memory.StartStack < vma.End))
        {
            return MemoryKind.Stack;
        }

        if (name is "[heap]" || (memory.StartBreak <= vma.Start && vma.End <= memory.Break))
        {
            return MemoryKind.Heap;
        }

        bool hasFile = name.StartsWith('/');
        if (vma.Shared != 0)
        {
            bool nameless = !hasFile
                || name.StartsWith(MemFdPrefix, StringComparison.Ordinal)
                || name.EndsWith(DeletedSuffix, StringComparison.Ordinal);
            return nameless ? MemoryKind.SharedMemory : MemoryKind.SharedFile;
        }

        return hasFile ? MemoryKind.PrivateFile
            : vma.Protection == 0 ? MemoryKind.Reserved
            : MemoryKind.Anonymous;
    }
}
