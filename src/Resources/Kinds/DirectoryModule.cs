using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>Open directories.</summary>
public sealed class DirectoryModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.Directory;

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsDirectory;

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context) => facts.IsDeleted
        ? throw new UnsupportedResourceException(
            $"fd {facts.Fd} is the deleted directory {facts.Path}; let the program close it, then try again")
        : base.Describe(facts, context);

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
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
