using System.Runtime.InteropServices;
using Interpose.Agent.Abi;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;
using Interpose.Resources.Sharing;

namespace Interpose.Agent;

/// <summary>
/// Frozen copies of what a fork does not freeze: shared memory and files without a name. Made while all threads stand
/// still, in memory of its own that is not part of the image; freed once the twin has its copy.
/// </summary>
/// <param name="pid">This process.</param>
/// <param name="peers">Who else holds what: of several processes the one with the lowest pid saves it.</param>
internal sealed unsafe class ContentStore(int pid, HostPeers peers) : IContentStore
{
    private const ulong PageSize = 4096;
    private const int ProtRead = 1, ProtReadWrite = 3;
    private const int MapPrivateAnonymous = 0x22;
    private const int SeekData = 3, SeekHole = 4;

    private readonly List<SharedObject> _objects = [];
    private readonly List<NativePiece> _pieces = [];
    private readonly List<(ulong Start, ulong Length)> _memory = [];

    public IReadOnlyList<SharedObject> Objects => _objects;

    public ReadOnlySpan<NativePiece> Pieces => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>The copies themselves; the image must not contain them a second time.</summary>
    public IReadOnlyList<(ulong Start, ulong Length)> Memory => _memory;

    public int AddFile(SharedObject item, DescriptorFacts facts) => AddPath(item, facts.Link);

    /// <summary>The same for a file that is not open, found by its path.</summary>
    public int AddPath(SharedObject item, string path)
    {
        int known = Find(item.Device, item.Inode);
        if (known != 0)
        {
            return known;
        }

        _objects.Add(item);
        if (SavedByOthers(item).Any(r => r == PageRange.Everything))
        {
            return _objects.Count;
        }

        // A description of our own: seeking in the application's would move its offset.
        int own = Sys.Open(path, OpenFlags.CloseOnExec);
        try
        {
            for (long at = 0; at < item.Size;)
            {
                long data = Sys.Try(SyscallNumber.Lseek, (ulong)own, (ulong)at, SeekData);
                if (data < 0)
                {
                    break;
                }

                long end = Sys.Try(SyscallNumber.Lseek, (ulong)own, (ulong)data, SeekHole);
                end = end < 0 ? item.Size : end;
                CopyFromFile(own, (ulong)data & ~(PageSize - 1), (ulong)end, item.Name);
                at = end;
            }
        }
        finally
        {
            Sys.Close(own);
        }

        return _objects.Count;
    }

    /// <summary>Adds an object that is only mapped, not open; the pages that exist are copied from the mappings.</summary>
    public void AddMapped(SharedObject item, IEnumerable<MapEntry> mappings)
    {
        if (Find(item.Device, item.Inode) != 0)
        {
            return;
        }

        _objects.Add(item);
        List<PageRange> others = SavedByOthers(item);
        ulong copied = 0;
        foreach (MapEntry mapping in mappings.OrderBy(m => m.Offset))
        {
            // Two mappings of the same part: once is enough.
            ulong from = Math.Max(mapping.Offset, copied), end = mapping.Offset + mapping.Length;
            while (from < end)
            {
                // What is left of the mapping begins here: up to where another process saves it, or behind that.
                PageRange by = others.Find(o => o.Offset <= from && o.End > from);
                ulong until = by.Count != 0
                    ? Math.Min(by.End, end)
                    : others.Where(o => o.Offset > from).Select(o => o.Offset).Append(end).Min();
                if (by.Count == 0)
                {
                    CopyFromMapping(mapping, from - mapping.Offset, Math.Min(until, end) - from);
                }

                from = Math.Min(until, end);
            }

            copied = Math.Max(copied, end);
        }
    }

    private List<PageRange> SavedByOthers(SharedObject item) =>
    [
        .. peers.Of(SharedInventory.ContentKey(item.Device, item.Inode))
            .Where(p => p.Pid < pid).Select(p => PageRange.FromValue(p.Value)),
    ];

    public int Find(ulong device, ulong inode) => 1 + _objects.FindIndex(o => o.Device == device && o.Inode == inode);

    public void Free()
    {
        foreach ((ulong start, ulong length) in _memory)
        {
            Sys.Try(SyscallNumber.Munmap, start, length);
        }
    }

    private void CopyFromFile(int fd, ulong from, ulong end, string name)
    {
        ulong length = (end - from + PageSize - 1) & ~(PageSize - 1);
        byte* copy = Allocate(length);
        for (ulong have = 0; have < end - from;)
        {
            long n = Sys.Try(SyscallNumber.Pread64, (ulong)fd, (ulong)copy + have, end - from - have, from + have);
            if (n < 0)
            {
                throw new SyscallException("pread", (int)-n, name);
            }

            if (n == 0)
            {
                break;
            }

            have += (ulong)n;
        }

        AddPiece(copy, length, from);
    }

    private void CopyFromMapping(MapEntry mapping, ulong skip, ulong length)
    {
        ulong start = mapping.Start + skip, pages = length / PageSize;
        byte[] resident = new byte[pages];
        fixed (byte* r = resident)
        {
            Sys.Call(mapping.Name, SyscallNumber.Mincore, start, pages * PageSize, (ulong)r);
        }

        bool readable = mapping.Permissions[0] == 'r';
        int protection = (readable ? 1 : 0) | (mapping.Permissions[1] == 'w' ? 2 : 0) | (mapping.Permissions[2] == 'x' ? 4 : 0);
        if (!readable)
        {
            Sys.Try(SyscallNumber.Mprotect, mapping.Start, mapping.Length, (ulong)(protection | ProtRead));
        }

        for (ulong page = 0; page < pages;)
        {
            ulong first = page;
            while (page < pages && (resident[page] & 1) != 0)
            {
                page++;
            }

            if (page > first)
            {
                ulong run = (page - first) * PageSize;
                byte* copy = Allocate(run);
                Buffer.MemoryCopy((void*)(start + (first * PageSize)), copy, run, run);
                AddPiece(copy, run, mapping.Offset + skip + (first * PageSize));
            }
            else
            {
                page++;
            }
        }

        if (!readable)
        {
            Sys.Try(SyscallNumber.Mprotect, mapping.Start, mapping.Length, (ulong)protection);
        }
    }

    private void AddPiece(byte* copy, ulong length, ulong offset) => _pieces.Add(new NativePiece
    {
        Source = (ulong)copy,
        Length = length,
        Offset = offset,
        SharedObject = (uint)_objects.Count,
    });

    private byte* Allocate(ulong length)
    {
        long memory = Sys.Call(
            "copy of shared memory", SyscallNumber.Mmap, 0, length, ProtReadWrite, MapPrivateAnonymous, ulong.MaxValue);
        _memory.Add(((ulong)memory, length));
        return (byte*)memory;
    }
}
