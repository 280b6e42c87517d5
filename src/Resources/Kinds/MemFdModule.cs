using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>memfd_create(2): the content is saved, the seals are set again last.</summary>
public sealed class MemFdModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.MemFd;

    public static bool IsMemFd(DescriptorFacts facts) => facts.Target.StartsWith("/memfd:", StringComparison.Ordinal);

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsRegular && IsMemFd(facts);

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        long seals = Sys.Try(SyscallNumber.Fcntl, (ulong)borrowed.Fd, FcntlCommand.GetSeals);
        int content = context.Contents.AddFile(
            new SharedObject
            {
                Kind = SharedObjectKind.MemFd,
                Name = facts.Path["/memfd:".Length..],
                Size = facts.Status.Size,
                Device = facts.Status.Device,
                Inode = facts.Status.Inode,
                Seals = (int)Math.Max(0, seals),
                Mode = facts.Status.Mode,
            },
            facts);
        return DiscoveryContext.Common(facts, Kind, content);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        int slot = context.Reopen(context.ContentFd(file.ContentObject), file);
        if (file.Offset != 0)
        {
            context.Program.Syscall(
                $"seek in {file.Path}", SyscallNumber.Lseek, [Argument.Slot(slot), file.Offset, 0], Expectation.Warn);
        }

        return slot;
    }

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        // Only the owner's metadata has the content and its seals.
        const int SealSeal = 1;
        if (isOwner && context.Process.SharedObjects[file.ContentObject - 1].Seals is int seals and not 0 and not SealSeal)
        {
            context.Program.Syscall(
                $"seal {file.Path}", SyscallNumber.Fcntl, [fd, FcntlCommand.AddSeals, seals], Expectation.Warn);
        }
    }
}
