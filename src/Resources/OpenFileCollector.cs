using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources;

/// <summary>Finds every open file description of this process and the fds that refer to it.</summary>
public static class OpenFileCollector
{
    private const int KcmpFile = 0;

    /// <param name="pid">This process.</param>
    /// <exception cref="UnsupportedResourceException">Something is open that cannot be restored.</exception>
    public static OpenFileTable Collect(int pid, IContentStore contents)
    {
        List<DescriptorFacts> all =
            [.. ProcDirectory.Numbers("/proc/self/fd").Select(fd => new DescriptorFacts(fd))];
        var context = new DiscoveryContext(all, contents);
        var descriptions = new List<OpenFileDescription>();
        var descriptors = new List<FileDescriptor>();
        var firstOf = new List<DescriptorFacts>();
        foreach (DescriptorFacts facts in all)
        {
            int index = firstOf.FindIndex(o => IsSame(pid, o, facts));
            if (index < 0)
            {
                index = firstOf.Count;
                firstOf.Add(facts);
                descriptions.Add(Module(facts).Describe(facts, context));
            }

            descriptors.Add(new FileDescriptor { Number = facts.Fd, Description = index, CloseOnExec = facts.CloseOnExec });
        }

        return new OpenFileTable { Descriptions = descriptions, Descriptors = descriptors };
    }

    /// <summary>kcmp(2) tells whether two fds share a description; the cheap tests come first.</summary>
    private static bool IsSame(int pid, DescriptorFacts a, DescriptorFacts b) =>
        a.Status.Inode == b.Status.Inode
        && a.Status.Device == b.Status.Device
        && a.Flags == b.Flags
        && Sys.Try(SyscallNumber.Kcmp, (ulong)pid, (ulong)pid, KcmpFile, (ulong)a.Fd, (ulong)b.Fd) == 0;

    private static ResourceModule Module(DescriptorFacts facts) =>
        ModuleRegistry.For(facts)
        ?? throw new UnsupportedResourceException(
            $"fd {facts.Fd} is {facts.Target}, which cannot be checkpointed yet; let the program close it, then try again");
}
