using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>O_PATH (open(2)): a place in the file system, whatever is there; nothing is read or written through it.</summary>
public sealed class PathModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.PathOnly;

    public override bool Claims(DescriptorFacts facts) => (facts.Flags & OpenFlags.PathOnly) != 0;

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        bool found = (facts.Status.IsSymbolicLink
            ? FileStatus.TryOfLink(facts.Path, out FileStatus now)
            : FileStatus.TryOf(facts.Path, out now)) >= 0;
        if ((found && now.Inode == facts.Status.Inode && now.Device == facts.Status.Device) || facts.Status.IsDirectory)
        {
            return DiscoveryContext.Common(facts, Kind);
        }

        return facts.Status.IsRegular
            ? DiscoveryContext.Common(facts, Kind, context.Contents.AddFile(
                new SharedObject
                {
                    Kind = SharedObjectKind.DeletedFile,
                    Name = facts.Path,
                    Size = facts.Status.Size,
                    Device = facts.Status.Device,
                    Inode = facts.Status.Inode,
                    Mode = facts.Status.Mode,
                },
                facts))
            : throw new UnsupportedResourceException(
                $"fd {facts.Fd} (O_PATH) is {facts.Path}, which has been removed or replaced; let the program close it, then try again");
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        if (file.ContentObject != 0)
        {
            return context.Reopen(context.ContentFd(file.ContentObject), file);
        }

        const uint typeBits = 0xF000, directory = 0x4000;
        return file.Deleted && (file.Mode & typeBits) == directory
            ? DeletedDirectory.Open(file, context)
            : context.Program.Syscall(
                $"open {file.Path} (O_PATH)", SyscallNumber.Open, [context.Program.Text(file.Path), file.Flags | OpenFlags.CloseOnExec],
                keep: true);
    }
}
