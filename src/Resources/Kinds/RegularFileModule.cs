using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>
/// Files with a path are opened again by it. A file without a name any more travels in the image, and so does a file
/// that is nothing but memory (<see cref="NamedMemory"/>).
/// </summary>
public sealed class RegularFileModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.RegularFile;

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsRegular && !MemFdModule.IsMemFd(facts);

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal);
        FileLocks.Describe(facts, extra);
        string? path = CurrentPath(facts);
        if (path is null)
        {
            return DiscoveryContext.Common(facts, Kind, context.Contents.AddFile(Nameless(facts), facts), extra);
        }

        if (NamedMemory.Is(path))
        {
            return DiscoveryContext.Common(
                facts, Kind, context.Contents.AddFile(NamedMemory.Describe(path, facts.Status), facts), extra);
        }

        return DiscoveryContext.Common(facts, Kind, extra: extra, path: path);
    }

    /// <summary>Its name is gone, or is that of another file now.</summary>
    internal static bool IsNameless(DescriptorFacts facts) => CurrentPath(facts) is null;

    public override OpenFileDescription DescribeShared(DescriptorFacts facts, DiscoveryContext context)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal);
        FileLocks.Describe(facts, extra);
        return DiscoveryContext.Common(facts, Kind, extra: extra);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        // The flag would make another file (open(2)); this one has its name by now.
        int flags = (file.Flags & OpenFlags.TemporaryFile) == OpenFlags.TemporaryFile ? file.Flags & ~OpenFlags.TemporaryFile : file.Flags;
        int slot = file.ContentObject == 0
            ? context.Program.Syscall(
                $"open {file.Path}", SyscallNumber.Open, [context.Program.Text(file.Path), flags | OpenFlags.CloseOnExec],
                keep: true)
            : context.Reopen(context.ContentFd(file.ContentObject), file);
        if (file.Offset != 0)
        {
            context.Program.Syscall(
                $"seek to {file.Offset} in {file.Path}", SyscallNumber.Lseek,
                [Program.Argument.Slot(slot), file.Offset, 0], Program.Expectation.Warn);
        }

        return slot;
    }

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner) =>
        FileLocks.Refill(file, fd, context.Program, isOwner);

    private static SharedObject Nameless(DescriptorFacts facts) => new()
    {
        // The kernel's own name for a file that was made without one.
        Kind = facts.Status.Links == 0 && Path.GetFileName(facts.Path) == $"#{facts.Status.Inode}"
            ? SharedObjectKind.TemporaryFile
            : SharedObjectKind.DeletedFile,
        Name = facts.Path,
        Size = facts.Status.Size,
        Device = facts.Status.Device,
        Inode = facts.Status.Inode,
        Mode = facts.Status.Mode,
    };

    /// <summary>A path under which the file is now; null: none is known.</summary>
    private static string? CurrentPath(DescriptorFacts facts)
    {
        // A file of proc(5) is the same in every mount of it; a restored process has one that was opened in another.
        bool isInAnotherProc = facts.Path.StartsWith("/proc/", StringComparison.Ordinal) && FileStatus.TryOf(facts.Path, out _) >= 0;
        if (isInAnotherProc || IsAt(facts.Path, facts.Status))
        {
            return facts.Path;
        }

        // The kernel knows the name it was opened by. A file that was linked, or got its name later, often lies beside it.
        string? directory = facts.Status.Links == 0 ? null : Path.GetDirectoryName(facts.Path);
        return directory is null
            ? null
            : DirectoryEntries.WithInode(directory, facts.Status.Inode)
                .Select(name => $"{directory.TrimEnd('/')}/{name}").FirstOrDefault(path => IsAt(path, facts.Status));
    }

    private static bool IsAt(string path, FileStatus status) =>
        FileStatus.TryOf(path, out FileStatus now) >= 0 && now.Inode == status.Inode && now.Device == status.Device;
}
