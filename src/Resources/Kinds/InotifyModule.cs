using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Inotify;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>inotify(7): watches come back with their numbers, on the paths where the watched files were.</summary>
public sealed class InotifyModule : ResourceModule
{
    private const string WatchKey = "watch:";
    private const string Unread = "unread";
    private const string Next = "next";
    private const char Link = 'l', File = 'f';
    private const uint DontFollow = 0x0200_0000; // IN_DONT_FOLLOW
    private const uint DeleteSelf = 0x400; // IN_DELETE_SELF
    private const int SetNextWatch = 0x40044900; // INOTIFY_IOC_SETNEXTWD, linux/inotify.h
    private const int Fionread = 0x541B;

    public override OpenFileKind Kind => OpenFileKind.Inotify;

    /// <summary>Last, so that what the restart itself does to files is not noticed.</summary>
    public override int RefillOrder => 2;

    public override bool Claims(DescriptorFacts facts) => facts.Target == "anon_inode:inotify";

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Unread] = UnreadBytes(facts).ToString(CultureInfo.InvariantCulture),
            [Next] = (ObjectKnowledge.Current.LastWatch + 1L).ToString(CultureInfo.InvariantCulture),
        };
        var finder = new WatchedFileFinder(context);
        foreach (InotifyWatch watch in InotifyWatch.Parse(facts.Info.Text))
        {
            WatchedFile file = finder.Find(watch) ?? throw new UnsupportedResourceException(
                $"inotify fd {facts.Fd} watches inode {watch.Inode} (watch {watch.Number}) under a name that is not known any more; "
                + "let the program remove the watch, then try again");
            extra[string.Create(CultureInfo.InvariantCulture, $"{WatchKey}{watch.Number}")] =
                string.Create(CultureInfo.InvariantCulture, $"{watch.Mask:x} {(file.IsLink ? Link : File)} {file.Path}");
        }

        return DiscoveryContext.Common(facts, Kind, extra: extra);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        int slot = context.Program.Syscall(
            "create inotify instance", SyscallNumber.InotifyInit1, [OpenFlags.CloseOnExec], keep: true);
        context.SetFlags(slot, file);
        return slot;
    }

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        if (!isOwner)
        {
            return;
        }

        ProgramBuilder program = context.Program;
        if (file.Extra.GetValueOrDefault(Unread, "0") != "0")
        {
            context.Warn(InotifyOverflow.Provoke(fd, program)
                ? $"events were unread in inotify fd {fd}; the program is told that it missed some (IN_Q_OVERFLOW)"
                : $"events were unread in inotify fd {fd}, which the program does not get any more");
        }

        var watches = file.Extra.Where(e => e.Key.StartsWith(WatchKey, StringComparison.Ordinal))
            .Select(e => (Number: int.Parse(e.Key.AsSpan(WatchKey.Length), CultureInfo.InvariantCulture), Parts: e.Value.Split(' ', 3)))
            .Select(w => (w.Number, Path: w.Parts[2], IsGone: IsGone(w.Parts[2], w.Parts[1][0] == Link),
                Mask: uint.Parse(w.Parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) | (w.Parts[1][0] == Link ? DontFollow : 0)))
            .OrderBy(w => w.Number).ToList();
        foreach (var (number, path, _, _) in watches.Where(w => w.IsGone))
        {
            // The kernel ends a watch on a deleted file with IN_IGNORED: removing one under its number gives that event.
            context.Warn($"{path}, watched by inotify fd {fd}, is gone; the program is told that the watch ended");
            Number(fd, number, program);
            program.Syscall($"watch {number}, for a moment", SyscallNumber.InotifyAddWatch, [fd, program.Text("/"), DeleteSelf], Expectation.Value, number);
            program.Syscall($"end of watch {number}", SyscallNumber.InotifyRmWatch, [fd, number]);
        }

        foreach (var (number, path, _, mask) in watches.Where(w => !w.IsGone))
        {
            Number(fd, number, program);
            program.Syscall(
                $"watch {path} as number {number}", SyscallNumber.InotifyAddWatch, [fd, program.Text(path), mask],
                Expectation.Value, number);
        }

        if (int.TryParse(file.Extra.GetValueOrDefault(Next), out int next) && next > 0)
        {
            Number(fd, next, program);
        }
    }

    private static void Number(int fd, int number, ProgramBuilder program) =>
        program.Syscall($"the next watch is {number}", SyscallNumber.Ioctl, [fd, SetNextWatch, number], Expectation.Warn);

    private static bool IsGone(string path, bool isLink) =>
        !path.StartsWith("/proc/self/", StringComparison.Ordinal)
        && (isLink ? FileStatus.TryOfLink(path, out _) : FileStatus.TryOf(path, out _)) < 0;

    private static unsafe int UnreadBytes(DescriptorFacts facts)
    {
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        int bytes = 0;
        Sys.Try(SyscallNumber.Ioctl, (ulong)borrowed.Fd, Fionread, (ulong)&bytes);
        return bytes;
    }
}
