using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Sharing;

namespace Interpose.Resources;

/// <summary>Finds every open file description of this process and the fds that refer to it.</summary>
public static class OpenFileCollector
{
    /// <summary>What the kernel says of every fd. Nothing changes as long as all threads stand still.</summary>
    public static List<DescriptorFacts> Look() =>
        [.. ProcDirectory.Numbers("/proc/self/fd").Select(fd => new DescriptorFacts(fd))];

    /// <param name="context">This process, its fds, and who else holds what.</param>
    /// <exception cref="UnsupportedResourceException">Something is open that cannot be restored.</exception>
    public static OpenFileTable Collect(DiscoveryContext context)
    {
        var descriptions = new List<OpenFileDescription>();
        var descriptors = new List<FileDescriptor>();
        var firstOf = new Dictionary<(ulong Device, ulong Inode, int Flags), List<(DescriptorFacts Facts, int Index)>>();
        foreach (DescriptorFacts facts in context.All)
        {
            // There may be thousands: kcmp(2) is asked of few.
            (ulong, ulong, int) key = (facts.Status.Device, facts.Status.Inode, facts.Flags);
            if (!firstOf.TryGetValue(key, out List<(DescriptorFacts Facts, int Index)>? similar))
            {
                firstOf[key] = similar = [];
            }

            int at = similar.FindIndex(o => IsSame(context.Pid, o.Facts, facts));
            int index = at < 0 ? descriptions.Count : similar[at].Index;
            if (at < 0)
            {
                similar.Add((facts, index));
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
        foreach ((int pid, long name) in context.Peers.Of(SharedInventory.DescriptionKey(facts)))
        {
            if (pid < context.Pid && IsShared(pid, name, context, facts))
            {
                OpenFileDescription own = module.DescribeShared(facts, context);
                own.OwnerPid = pid;
                own.OwnerDescriptor = (int)name;
                return own;
            }
        }

        return module.Describe(facts, context);
    }

    /// <summary>Not to know is no answer: two processes that write with two offsets overwrite each other.</summary>
    private static bool IsShared(int pid, long name, DiscoveryContext context, DescriptorFacts facts)
    {
        long outcome = KernelComparison.Compare(pid, name, facts.Fd, context.Compare);
        return outcome >= 0
            ? outcome == 0
            : throw new UnsupportedResourceException(
                $"fd {facts.Fd} of pid {context.Pid} ({facts.Target}) cannot be compared with fd {(int)name} of pid {pid} (kcmp: errno {-outcome}); "
                + "may processes of this user look at each other here? See kernel.yama.ptrace_scope");
    }

    private static bool IsSame(int pid, DescriptorFacts a, DescriptorFacts b) =>
        KernelComparison.Compare(pid, KernelComparison.NameOf(a.Fd), b.Fd) == 0;
}
