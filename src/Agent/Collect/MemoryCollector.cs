using Interpose.Agent.Abi;
using Interpose.Agent.Collect.Ipc;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;
using Interpose.Resources.Sharing;

namespace Interpose.Agent.Collect;

/// <summary>
/// What the writer has to know of the memory map beyond /proc/self/maps, and the identity of the mapped files.
/// </summary>
internal sealed class MemoryCollector
{
    private static readonly (string Code, VmAttributes Attribute)[] s_codes =
    [
        ("gd", VmAttributes.GrowsDown), ("dc", VmAttributes.DontFork), ("wf", VmAttributes.WipeOnFork),
        ("dd", VmAttributes.DontDump), ("hg", VmAttributes.HugePage), ("nh", VmAttributes.NoHugePage),
        ("lo", VmAttributes.Locked), ("nr", VmAttributes.NoReserve), ("mg", VmAttributes.Mergeable),
        ("sr", VmAttributes.Sequential), ("rr", VmAttributes.Random), ("lf", VmAttributes.LockOnFault),
    ];

    private const string Deleted = " (deleted)"; // proc_pid_maps(5)

    private readonly List<NativeRange> _ranges = [];
    private readonly Dictionary<string, MappedFile> _files = new(StringComparer.Ordinal);

    public List<NativeRange> Ranges => _ranges;

    public IReadOnlyCollection<MappedFile> Files => _files.Values;

    /// <param name="image">Device and inode of the image this process was restarted from; its pages are anonymous memory.</param>
    /// <exception cref="UnsupportedResourceException">Something is mapped that cannot be restored.</exception>
    public void Collect(IReadOnlyList<MapEntry> map, (ulong Device, ulong Inode) image, ContentStore contents)
    {
        foreach (MapEntry entry in map)
        {
            ulong flags = 0;
            foreach ((string code, VmAttributes attribute) in s_codes)
            {
                flags |= entry.Has(code) ? (ulong)attribute : 0;
            }

            bool fromImage = entry.Inode != 0 && entry.Inode == image.Inode
                && ((ulong)entry.DeviceMajor << 32 | entry.DeviceMinor) == image.Device;
            if (!fromImage && !IsKernels(entry))
            {
                Refuse(entry);
                flags |= entry.Inode == 0 || IpcMembership.IsAttachment(entry) ? 0 : Classify(entry, map, contents);
            }

            if (flags != 0)
            {
                _ranges.Add(new NativeRange { Start = entry.Start, End = entry.End, Flags = flags });
            }
        }
    }

    /// <summary>The parts of shared memory without a name that this process has mapped.</summary>
    public static IEnumerable<SharedEntry> Shared(IEnumerable<MapEntry> map) =>
        from entry in map
        where entry.IsShared && entry.Inode != 0 && !IsKernels(entry) && !IpcMembership.IsAttachment(entry)
        let path = CurrentPath(entry, out _)
        where path is null || NamedMemory.Is(path)
        select new SharedEntry(
            SharedInventory.ContentKey(FileStatus.MakeDevice(entry.DeviceMajor, entry.DeviceMinor), entry.Inode),
            (path is not null ? PageRange.Everything : PageRange.Of(entry.Offset, entry.Length)).ToValue());

    /// <summary>Keeps memory of the agent's own out of the image.</summary>
    public void Exclude(ulong start, ulong length) =>
        _ranges.Add(new NativeRange { Start = start, End = start + length, Flags = NativeRange.Exclude });

    private static bool IsKernels(MapEntry entry) =>
        entry.Name.StartsWith("[v", StringComparison.Ordinal); // [vdso], [vvar], [vvar_vclock], [vsyscall]

    private static void Refuse(MapEntry entry)
    {
        string? what =
            entry.Has("ht") ? "huge page memory (hugetlbfs)"
            : entry.Has("pf") || entry.Has("io") ? "device memory"
            : entry.Has("um") || entry.Has("uw") ? "memory watched by userfaultfd"
            : entry.Name.StartsWith("anon_inode:", StringComparison.Ordinal) ? entry.Name
            : entry.Name.StartsWith("/[aio]", StringComparison.Ordinal) ? "a native asynchronous I/O context (io_setup)"
            : null;
        if (what is not null)
        {
            throw new UnsupportedResourceException(
                $"{entry.Start:x}-{entry.End:x} is {what} ({entry.Name}), which cannot be checkpointed yet; "
                + "let the program release it, then try again");
        }
    }

    /// <summary>Flags for the writer; notes the file, or copies the shared object.</summary>
    private ulong Classify(MapEntry entry, IReadOnlyList<MapEntry> map, ContentStore contents)
    {
        ulong device = FileStatus.MakeDevice(entry.DeviceMajor, entry.DeviceMinor);
        string? path = CurrentPath(entry, out FileStatus status);
        if (path is not null && NamedMemory.Is(path))
        {
            // A private copy is saved whole: the file will not be the same one.
            contents.AddPath(NamedMemory.Describe(path, status), path);
            return entry.IsShared ? 0 : NativeRange.Whole;
        }

        if (path is not null)
        {
            NoteFile(entry, status);
            return 0;
        }

        if (!entry.IsShared)
        {
            return NativeRange.Whole;
        }

        string name = entry.Name.Replace(Deleted, "", StringComparison.Ordinal);
        bool anonymous = name == "/dev/zero" || name.StartsWith("/memfd:", StringComparison.Ordinal);
        contents.AddMapped(
            new SharedObject
            {
                Kind = anonymous ? SharedObjectKind.AnonymousShared : SharedObjectKind.DeletedFile,
                Name = name,
                Size = (long)map.Where(m => IsSame(m, entry)).Max(m => m.Offset + m.Length),
                Device = device,
                Inode = entry.Inode,
            },
            map.Where(m => m.IsShared && IsSame(m, entry)));
        return 0;
    }

    /// <summary>The name under which the mapped file can be opened now; null: it has none.</summary>
    private static string? CurrentPath(MapEntry entry, out FileStatus status)
    {
        bool isDeleted = entry.Name.EndsWith(Deleted, StringComparison.Ordinal);
        if (!isDeleted && IsAt(entry.Name, entry, out status))
        {
            return entry.Name;
        }

        // The kernel knows the name it was opened by. sem_open(3) makes a semaphore under a name that it then replaces.
        status = default;
        if (isDeleted && NamedMemory.Is(entry.Name) && Path.GetDirectoryName(entry.Name) is string directory)
        {
            foreach (string name in DirectoryEntries.WithInode(directory, entry.Inode))
            {
                string path = $"{directory}/{name}";
                if (IsAt(path, entry, out status))
                {
                    return path;
                }
            }
        }

        return null;
    }

    private static bool IsAt(string path, MapEntry entry, out FileStatus status) =>
        FileStatus.TryOf(path, out status) >= 0 && status.Inode == entry.Inode;

    private static bool IsSame(MapEntry a, MapEntry b) =>
        a.Inode == b.Inode && a.DeviceMajor == b.DeviceMajor && a.DeviceMinor == b.DeviceMinor;

    private void NoteFile(MapEntry entry, FileStatus status)
    {
        _files.TryAdd(entry.Name, new MappedFile
        {
            Path = entry.Name,
            Device = status.Device,
            Inode = status.Inode,
            Size = status.Size,
            ModifiedNs = status.ModifiedNs,
        });
    }
}
