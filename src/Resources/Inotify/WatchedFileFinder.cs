using System.Globalization;
using Interpose.Linux;

namespace Interpose.Resources.Inotify;

/// <summary>
/// From a watched inode to its path. The kernel keeps only the inode; the shim noted the paths the program gave, which
/// may be out of date, so that each one is looked at again.
/// </summary>
internal sealed class WatchedFileFinder
{
    private const uint HarmlessEvent = 0x400; // IN_DELETE_SELF
    private const uint DontFollow = 0x0200_0000;

    private readonly Dictionary<(ulong Device, ulong Inode), WatchedFile> _byInode = [];
    private readonly List<string> _paths = [.. ObjectKnowledge.Current.WatchedPaths];
    private readonly DiscoveryContext _context;
    private bool _probed;

    public WatchedFileFinder(DiscoveryContext context)
    {
        _context = context;
        foreach (string path in _paths)
        {
            Add(path, FileStatus.TryOf(path, out FileStatus status), status, isLink: false);
            Add(path, FileStatus.TryOfLink(path, out status), status, isLink: true);
        }
    }

    public WatchedFile? Find(InotifyWatch watch)
    {
        if (!_byInode.TryGetValue((watch.Device, watch.Inode), out WatchedFile found) && !_probed)
        {
            _probed = true;
            Probe();
        }

        return _byInode.TryGetValue((watch.Device, watch.Inode), out found) ? found : ByDescriptor(watch) ?? ByHandle(watch);
    }

    private void Add(string path, long outcome, FileStatus status, bool isLink)
    {
        if (outcome >= 0)
        {
            _byInode.TryAdd((status.Device, status.Inode), new WatchedFile(path, isLink));
        }
    }

    /// <summary>
    /// File systems in layers show other numbers to stat(2) than inotify has: asked with a watch of our own, the kernel
    /// says which inode a path stands for.
    /// </summary>
    private unsafe void Probe()
    {
        foreach (string path in _paths)
        {
            long own = Sys.Try(SyscallNumber.InotifyInit1, OpenFlags.CloseOnExec);
            if (own < 0)
            {
                return;
            }

            fixed (byte* p = Sys.Path(path))
            {
                Sys.Try(SyscallNumber.InotifyAddWatch, (ulong)own, (ulong)p, HarmlessEvent | DontFollow);
            }

            string info = Sys.ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/thread-self/fdinfo/{own}"));
            Sys.Close((int)own);
            if (InotifyWatch.Parse(info) is [InotifyWatch watch])
            {
                _byInode.TryAdd((watch.Device, watch.Inode), new WatchedFile(path, IsLink: false));
            }
        }
    }

    /// <summary>A file without a name that the process has open.</summary>
    private WatchedFile? ByDescriptor(InotifyWatch watch)
    {
        DescriptorFacts? open = _context.All.FirstOrDefault(f => watch.Is(f.Status));
        return open is null
            ? null
            : new WatchedFile(open.Link, IsLink: false);
    }

    /// <summary>With privilege (CAP_DAC_READ_SEARCH) the kernel opens the inode and knows its path (open_by_handle_at(2)).</summary>
    private static unsafe WatchedFile? ByHandle(InotifyWatch watch)
    {
        string? mount = MountOf(watch.Device);
        if (mount is null || watch.Handle.Length is 0 or > 128)
        {
            return null;
        }

        long root = Sys.TryOpen(mount, OpenFlags.CloseOnExec);
        if (root < 0)
        {
            return null;
        }

        // struct file_handle: bytes, type, handle
        byte* handle = stackalloc byte[8 + 128];
        *(int*)handle = watch.Handle.Length;
        *(int*)(handle + 4) = watch.HandleType;
        watch.Handle.CopyTo(new Span<byte>(handle + 8, 128));
        long fd = Sys.Try(SyscallNumber.OpenByHandleAt, (ulong)root, (ulong)handle, OpenFlags.PathOnly | OpenFlags.CloseOnExec);
        Sys.Close((int)root);
        if (fd < 0)
        {
            return null;
        }

        string? path = Sys.TryReadLink(string.Create(CultureInfo.InvariantCulture, $"/proc/thread-self/fd/{fd}"));
        Sys.Close((int)fd);
        return path is not null && FileStatus.TryOf(path, out FileStatus status) >= 0 && watch.Is(status)
            ? new WatchedFile(path, IsLink: false)
            : null;
    }

    /// <summary>A place where the file system is mounted, proc_pid_mountinfo(5).</summary>
    private static string? MountOf(ulong device)
    {
        foreach (string line in Sys.ReadText("/proc/self/mountinfo").Split('\n'))
        {
            string[] words = line.Split(' ');
            if (words.Length > 4 && words[2].Split(':') is [string major, string minor]
                && uint.TryParse(major, out uint a) && uint.TryParse(minor, out uint b)
                && FileStatus.MakeDevice(a, b) == device)
            {
                return words[4];
            }
        }

        return null;
    }
}
