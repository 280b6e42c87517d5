using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>Open directories.</summary>
public sealed class DirectoryModule : ResourceModule
{
    private const int GetOwner = 9; // F_GETOWN

    public override OpenFileKind Kind => OpenFileKind.Directory;

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsDirectory;

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        // fcntl(2), F_NOTIFY: the kernel notes the process as the owner of the directory; nothing else does that.
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        return Sys.Try(SyscallNumber.Fcntl, (ulong)borrowed.Fd, GetOwner) > 0
            ? throw new UnsupportedResourceException(
                $"fd {facts.Fd} watches the directory {facts.Path} with dnotify (F_NOTIFY), which cannot be checkpointed; "
                + "let the program use inotify, or close it, then try again")
            : base.Describe(facts, context);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        if (file.Deleted)
        {
            return DeletedDirectory.Open(file, context);
        }

        int slot = context.Program.Syscall(
            $"open directory {file.Path}", SyscallNumber.Open,
            [context.Program.Text(file.Path), file.Flags | OpenFlags.CloseOnExec], keep: true);
        if (file.Offset != 0)
        {
            context.Program.Syscall(
                $"position in directory {file.Path}", SyscallNumber.Lseek, [Argument.Slot(slot), file.Offset, 0],
                Expectation.Warn);
        }

        return slot;
    }
}
