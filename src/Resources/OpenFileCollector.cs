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
            if (pid < context.Pid && IsShared(pid, (int)fd, context, facts))
            {
                OpenFileDescription own = module.DescribeShared(facts, context);
                own.OwnerPid = pid;
                own.OwnerDescriptor = (int)fd;
                return own;
            }
        }

        return module.Describe(facts, context);
    }

    /// <summary>Not to know is no answer: two processes that write with two offsets overwrite each other.</summary>
    private static bool IsShared(int pid, int fd, DiscoveryContext context, DescriptorFacts facts)
    {
        long outcome = Sys.Try(SyscallNumber.Kcmp, (ulong)pid, (ulong)context.Pid, KcmpFile, (ulong)fd, (ulong)facts.Fd);
        return outcome >= 0
            ? outcome == 0
            : throw new UnsupportedResourceException(
                $"fd {facts.Fd} of pid {context.Pid} ({facts.Target}) cannot be compared with fd {fd} of pid {pid} (kcmp: errno {-outcome}); "
                + "may processes of this user look at each other here? See kernel.yama.ptrace_scope");
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
