using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>Files with a path are opened again by it; a file without a name any more travels in the image.</summary>
public sealed class RegularFileModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.RegularFile;

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsRegular && !MemFdModule.IsMemFd(facts);

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal);
        FileLocks.Describe(facts, extra);
        if (!IsNameless(facts))
        {
            return DiscoveryContext.Common(facts, Kind, extra: extra);
        }

        int content = context.Contents.AddFile(
            new SharedObject
            {
                Kind = SharedObjectKind.DeletedFile,
                Name = facts.Path,
                Size = facts.Status.Size,
                Device = facts.Status.Device,
                Inode = facts.Status.Inode,
                Mode = facts.Status.Mode,
            },
            facts.Fd);
        return DiscoveryContext.Common(facts, Kind, content, extra);
    }

    /// <summary>Its name is gone, or is that of another file now.</summary>
    internal static bool IsNameless(DescriptorFacts facts) =>
        FileStatus.TryOf(facts.Path, out FileStatus now) < 0
        || now.Inode != facts.Status.Inode || now.Device != facts.Status.Device;

    public override OpenFileDescription DescribeShared(DescriptorFacts facts, DiscoveryContext context)
    {
        var extra = new Dictionary<string, string>(StringComparer.Ordinal);
        FileLocks.Describe(facts, extra);
        return DiscoveryContext.Common(facts, Kind, extra: extra);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        int slot = file.ContentObject == 0
            ? context.Program.Syscall(
                $"open {file.Path}", SyscallNumber.Open, [context.Program.Text(file.Path), file.Flags | OpenFlags.CloseOnExec],
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
}
