using System.Runtime.InteropServices;
using Interpose.Images;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>Compiles the memory map of one process and what is in it.</summary>
internal sealed class MemoryCompiler(ProgramBuilder program, ImageReader image, int imageFd, Func<int, int> contentFd)
{
    private const uint ProtRead = 1, ProtWrite = 2;
    private const int MapShared = 1, MapPrivate = 2, MapFixed = 0x10, MapAnonymous = 0x20, MapGrowsDown = 0x100,
        MapNoReserve = 0x4000, MapFixedNoReplace = 0x100000;
    private const int VectorLimit = 1024; // IOV_MAX
    private const ulong MapThreshold = 256 << 10; // below, a copy costs less than a mapping of its own
    private const ulong UserEnd = 0x7ffffffff000;

    private readonly ProcessMetadata _process = image.Metadata;
    private readonly SegmentCompiler _segments = new(program, image);
    private readonly Dictionary<uint, ulong> _filledSegments = [];
    private readonly Dictionary<(string Path, bool Writable), int> _files = [];

    /// <summary>Everything but the restorer's window goes.</summary>
    public void UnmapAll()
    {
        const ulong windowEnd = ProgramHeader.WindowBase + ProgramHeader.WindowSize;
        program.Syscall("unmap below the restorer", SyscallNumber.Munmap, [0, ProgramHeader.WindowBase]);
        program.Syscall("unmap above the restorer", SyscallNumber.Munmap, [windowEnd, UserEnd - windowEnd]);
    }

    /// <summary>System V segments, before they could lie on anything else.</summary>
    public void AttachSegments() => _segments.Attach();

    public void Map()
    {
        foreach (ImageVma vma in image.Vmas)
        {
            if (image.NameOf(vma) is var name && name != "[vdso]" && !SegmentCompiler.IsSegment(name))
            {
                Map(vma);
            }
        }
    }

    /// <summary>Page data: long runs are mapped out of the image and read when touched, short ones are copied.</summary>
    public void Load()
    {
        List<ImageExtent> shared = MapSharedContents();
        if (image.IsPlain)
        {
            LoadPlain(shared);
        }
        else
        {
            LoadPacked(shared);
        }

        foreach (ImageExtent extent in shared.Where(e => !IsSegmentExtent(e)))
        {
            program.Syscall("release shared content", SyscallNumber.Munmap, [extent.Address, extent.Length]);
        }

        foreach (ulong address in _filledSegments.Values)
        {
            _segments.Detach(address);
        }
    }

    /// <summary>Final protections and advice; what had to be writable to be filled loses that again.</summary>
    public void Finish()
    {
        foreach (ImageVma vma in image.Vmas)
        {
            string name = image.NameOf(vma);
            if (name == "[vdso]")
            {
                continue;
            }

            string where = $"{vma.Start:x}-{vma.End:x}";
            if (NeedsWriting(vma))
            {
                program.Syscall($"protect {where}", SyscallNumber.Mprotect, [vma.Start, vma.Length, vma.Protection]);
            }

            foreach ((VmAttributes attribute, int advice, string what) in s_advice)
            {
                if (vma.Attributes.HasFlag(attribute))
                {
                    program.Syscall(
                        $"advise {what} for {where}", SyscallNumber.Madvise, [vma.Start, vma.Length, advice], Expectation.Warn);
                }
            }

            if (vma.Attributes.HasFlag(VmAttributes.Locked))
            {
                int onFault = vma.Attributes.HasFlag(VmAttributes.LockOnFault) ? 1 : 0;
                program.Syscall($"lock {where}", SyscallNumber.Mlock2, [vma.Start, vma.Length, onFault], Expectation.Warn);
            }
        }
    }

    // MADV_* of madvise(2)
    private static readonly (VmAttributes Attribute, int Advice, string Name)[] s_advice =
    [
        (VmAttributes.DontFork, 10, "DONTFORK"), (VmAttributes.WipeOnFork, 18, "WIPEONFORK"),
        (VmAttributes.DontDump, 16, "DONTDUMP"), (VmAttributes.HugePage, 14, "HUGEPAGE"),
        (VmAttributes.NoHugePage, 15, "NOHUGEPAGE"), (VmAttributes.Mergeable, 12, "MERGEABLE"),
        (VmAttributes.Sequential, 2, "SEQUENTIAL"), (VmAttributes.Random, 1, "RANDOM"),
    ];

    private bool NeedsWriting(in ImageVma vma)
    {
        if (vma.Shared != 0 || (vma.Protection & ProtWrite) != 0)
        {
            return false;
        }

        ulong start = vma.Start, end = vma.End;
        int at = FirstExtent(start);
        return at < image.Extents.Length && image.Extents[at] is { SharedObject: 0 } extent && extent.Address < end;
    }

    /// <summary>Extents of private memory come first and ascend.</summary>
    private int FirstExtent(ulong address)
    {
        int low = 0, high = image.Extents.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            ImageExtent extent = image.Extents[middle];
            if (extent.SharedObject == 0 && extent.Address < address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Map(in ImageVma vma)
    {
        string name = image.NameOf(vma);
        uint protection = vma.Protection | (NeedsWriting(vma) ? ProtRead | ProtWrite : 0u);
        int flags = (vma.Shared != 0 ? MapShared : MapPrivate) | MapFixedNoReplace
            | (vma.Attributes.HasFlag(VmAttributes.GrowsDown) ? MapGrowsDown : 0)
            | (vma.Attributes.HasFlag(VmAttributes.NoReserve) ? MapNoReserve : 0);
        Argument fd;
        string what;
        if (vma.Inode == 0)
        {
            flags |= MapAnonymous;
            fd = -1;
            what = "anonymous memory";
        }
        else if (vma.Shared != 0 && SharedObjectOf(vma) is var content and > 0)
        {
            fd = Argument.Slot(contentFd(content));
            what = $"shared memory {name}";
        }
        else
        {
            bool writable = vma.Shared != 0 && (vma.Protection & ProtWrite) != 0;
            fd = Argument.Slot(OpenFile(name, writable));
            what = name;
        }

        program.Syscall(
            $"map {what} at {vma.Start:x}-{vma.End:x}", SyscallNumber.Mmap,
            [vma.Start, vma.Length, protection, flags, fd, vma.FileOffset], Expectation.Value, (long)vma.Start);
    }

    private int SharedObjectOf(in ImageVma vma)
    {
        ulong device = FileStatus.MakeDevice(vma.DeviceMajor, vma.DeviceMinor), inode = vma.Inode;
        for (int i = 0; i < _process.SharedObjects.Count; i++)
        {
            if (_process.SharedObjects[i].Device == device && _process.SharedObjects[i].Inode == inode)
            {
                return i + 1;
            }
        }

        return 0;
    }

    private int OpenFile(string path, bool writable)
    {
        if (!_files.TryGetValue((path, writable), out int slot))
        {
            int flags = (writable ? OpenFlags.ReadWrite : OpenFlags.ReadOnly) | OpenFlags.CloseOnExec;
            slot = program.Syscall($"open {path}", SyscallNumber.Open, [program.Text(path), flags], keep: true);
            _files[(path, writable)] = slot;
        }

        return slot;
    }

    /// <summary>Where content of shared objects is filled in: mappings in a gap, one for each extent.</summary>
    private List<ImageExtent> MapSharedContents()
    {
        var mapped = new List<ImageExtent>();
        ulong total = (ulong)image.Extents.Where(e => e.SharedObject != 0).Sum(e => (long)e.Length)
            + (ulong)_process.SharedObjects.Where(o => o.Kind == SharedObjectKind.Segment).Sum(o => (long)PageEnd(o));
        ulong at = total == 0 ? 0 : FindGap(total);
        foreach (ImageExtent extent in image.Extents)
        {
            if (extent.SharedObject == 0)
            {
                continue;
            }

            if (IsSegmentExtent(extent))
            {
                SharedObject segment = _process.SharedObjects[(int)extent.SharedObject - 1];
                if (!_filledSegments.TryGetValue(extent.SharedObject, out ulong start))
                {
                    start = _filledSegments[extent.SharedObject] = at;
                    _segments.AttachToFill(segment, start);
                    at += PageEnd(segment);
                }

                mapped.Add(extent with { Address = start + extent.Address });
                continue;
            }

            program.Syscall(
                "map shared content to fill it", SyscallNumber.Mmap,
                [at, extent.Length, ProtRead | ProtWrite, MapShared | MapFixedNoReplace,
                 Argument.Slot(contentFd((int)extent.SharedObject)), extent.Address],
                Expectation.Value, (long)at);
            mapped.Add(extent with { Address = at });
            at += extent.Length;
        }

        return mapped;
    }

    private bool IsSegmentExtent(in ImageExtent extent) =>
        _process.SharedObjects[(int)extent.SharedObject - 1].Kind == SharedObjectKind.Segment;

    private static ulong PageEnd(SharedObject item) => ((ulong)item.Size + 4095) & ~4095ul;

    private ulong FindGap(ulong size)
    {
        ulong candidate = 0x10_0000_0000;
        foreach (ImageVma vma in image.Vmas)
        {
            if (vma.End <= candidate)
            {
                continue;
            }

            bool inWindow = candidate < ProgramHeader.WindowBase + ProgramHeader.WindowSize
                && candidate + size > ProgramHeader.WindowBase;
            if (!inWindow && vma.Start >= candidate + size)
            {
                return candidate;
            }

            candidate = vma.End;
        }

        return candidate;
    }

    private void LoadPlain(List<ImageExtent> shared)
    {
        var batch = new List<ImageExtent>();
        foreach (ImageExtent extent in image.Extents.Where(e => e.SharedObject == 0).Concat(shared))
        {
            int index = extent.SharedObject == 0 ? VmaTable.Find(image.Vmas, extent.Address) : -1;
            bool mapped = index >= 0 && extent.Length >= MapThreshold && IsPlainAnonymous(image.Vmas[index]);
            if (mapped)
            {
                ImageVma vma = image.Vmas[index];
                uint protection = vma.Protection;
                int reserve = vma.Attributes.HasFlag(VmAttributes.NoReserve) ? MapNoReserve : 0;
                program.Syscall(
                    $"map saved pages at {extent.Address:x}, {extent.Length >> 10} KiB", SyscallNumber.Mmap,
                    [extent.Address, extent.Length, protection, MapPrivate | MapFixed | reserve, Argument.Slot(imageFd),
                     image.Header.Data.Offset + extent.StreamOffset],
                    Expectation.Value, (long)extent.Address);
                continue;
            }

            bool follows = batch.Count > 0 && batch[^1].StreamOffset + batch[^1].Length == extent.StreamOffset;
            if (batch.Count == VectorLimit || (batch.Count > 0 && !follows))
            {
                Flush(batch);
            }

            batch.Add(extent);
        }

        Flush(batch);
    }

    /// <summary>WIPEONFORK is for anonymous memory only (madvise(2)), a stack has to grow.</summary>
    private static bool IsPlainAnonymous(in ImageVma vma) =>
        vma.Inode == 0 && vma.Shared == 0 && (vma.Attributes & (VmAttributes.GrowsDown | VmAttributes.WipeOnFork)) == 0;

    /// <summary>Neighbours in the stream are read by one preadv into all their places.</summary>
    private void Flush(List<ImageExtent> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        var vector = new List<ulong>();
        ulong total = 0;
        foreach (ImageExtent extent in batch)
        {
            vector.Add(extent.Address);
            vector.Add(extent.Length);
            total += extent.Length;
        }

        ulong offset = image.Header.Data.Offset + batch[0].StreamOffset;
        program.Syscall(
            $"read saved pages, {batch.Count} runs, {total >> 10} KiB", SyscallNumber.Preadv,
            [Argument.Slot(imageFd), program.Data<ulong>(CollectionsMarshal.AsSpan(vector)), batch.Count, offset, offset >> 32],
            Expectation.Value, (long)total);
        batch.Clear();
    }

    private void LoadPacked(List<ImageExtent> shared)
    {
        ImageExtent[] extents = [.. image.Extents.Where(e => e.SharedObject == 0).Concat(shared)];
        program.Add(
            OperationKind.Load, $"unpack saved pages, {image.Chunks.Length} chunks", 0,
            [
                Argument.Slot(imageFd), program.Data<ImageExtent>(extents), extents.Length,
                program.Data<ImageChunk>(image.Chunks), image.Chunks.Length, Environment.ProcessorCount,
            ]);
    }
}
