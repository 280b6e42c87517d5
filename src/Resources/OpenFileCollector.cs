using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Sharing;

namespace Interpose.Resources;

/// <summary>Finds every open file description of this process and the fds that refer to it.</summary>
public static class OpenFileCollector
{
    private const int KcmpFile = 0;

    /// <summary>What the kernel says of every fd. Nothing changes as long as all threads stand still.</summary>
    public static List<DescriptorFacts> Look() =>
        [.. ProcDirectory.Numbers("/proc/self/fd").Select(fd => new DescriptorFacts(fd))];

    /// <param name="context">This process, its fds, and who else holds what.</param>
    /// <exception cref="UnsupportedResourceException">Something is open that cannot be restored.</exception>
    public static OpenFileTable Collect(DiscoveryContext context)
    {
        var descriptions = new List<OpenFileDescription>();
        var descriptors = new List<FileDescriptor>();
        var firstOf = new List<DescriptorFacts>();
        foreach (DescriptorFacts facts in context.All)
        {
            int index = firstOf.FindIndex(o => IsSame(context.Pid, o, facts));
            if (index < 0)
            {
                index = firstOf.Count;
                firstOf.Add(facts);
                descriptions.Add(Describe(facts, context));
            }

            descriptors.Add(new FileDescriptor { Number = facts.Fd, Description = index, CloseOnExec = facts.CloseOnExec });
        }

        return new OpenFileTable { Descriptions = descriptions, Descriptors = descriptors };
    }

    private static OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        ResourceModule module = ModuleRegistry.For(facts, context)
            ?? throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target}, which cannot be checkpointed yet; let the program close it, then try again");
        foreach ((int pid, long fd) in context.Peers.Of(SharedInventory.DescriptionKey(facts)))
        {
            if (pid < context.Pid && IsSame(pid, (int)fd, context.Pid, facts.Fd))
            {
                OpenFileDescription own = module.DescribeShared(facts, context);
                own.OwnerPid = pid;
                own.OwnerDescriptor = (int)fd;
                return own;
            }
        }

        return module.Describe(facts, context);
    }

    /// <summary>The cheap tests come first.</summary>
    private static bool IsSame(int pid, DescriptorFacts a, DescriptorFacts b) =>
        a.Status.Inode == b.Status.Inode
        && a.Status.Device == b.Status.Device
        && a.Flags == b.Flags
        && IsSame(pid, a.Fd, pid, b.Fd);

    /// <summary>kcmp(2) tells whether two fds share a description, in one process or in two.</summary>
    private static bool IsSame(int pid, int fd, int otherPid, int otherFd) =>
        Sys.Try(SyscallNumber.Kcmp, (ulong)pid, (ulong)otherPid, KcmpFile, (ulong)fd, (ulong)otherFd) == 0;
}
