using Interpose.Resources.Refusals;

namespace Interpose.Tests.Unit.Resources;

public class RefusalTests
{
    [Theory]
    [InlineData("anon_inode:[io_uring]", "an io_uring")]
    [InlineData("anon_inode:[userfaultfd]", "a userfaultfd")]
    [InlineData("anon_inode:[fanotify]", "a fanotify group")]
    [InlineData("anon_inode:[perf_event]", "a performance counter (perf_event_open)")]
    [InlineData("anon_inode:bpf-map", "a BPF object")]
    [InlineData("anon_inode:bpf-prog", "a BPF object")]
    [InlineData("anon_inode:bpf_link", "a BPF object")]
    [InlineData("anon_inode:[bpf_token]", "a BPF object")]
    [InlineData("anon_inode:btf", "a BPF type description")]
    [InlineData("anon_inode:kvm-vm", "a virtual machine (KVM)")]
    [InlineData("anon_inode:kvm-vcpu:0", "a virtual machine (KVM)")]
    [InlineData("/dev/kvm", "the device of virtual machines (KVM)")]
    [InlineData("/dev/dri/renderD128", "a GPU")]
    [InlineData("/dev/nvidia0", "a GPU")]
    [InlineData("/dev/nvidiactl", "a GPU")]
    [InlineData("/dev/kfd", "a GPU")]
    [InlineData("/dev/infiniband/uverbs0", "an RDMA device")]
    [InlineData("/dev/vfio/12", "a device that is passed through (VFIO)")]
    [InlineData("anon_inode:[vfio-device]", "a device that is passed through (VFIO)")]
    [InlineData("/dev/fuse", "a file system in user space (FUSE)")]
    [InlineData("/dev/net/tun", "a network interface (TUN/TAP)")]
    [InlineData("/dmabuf:", "a buffer shared with a device (dma-buf)")]
    [InlineData("anon_inode:sync_file", "a fence of a device")]
    [InlineData("anon_inode:seccomp notify", "the supervision of system calls (seccomp notification)")]
    [InlineData("anon_inode:[landlock-ruleset]", "a Landlock rule set")]
    [InlineData("anon_inode:[fscontext]", "a mount under construction (fsopen)")]
    [InlineData("anon_inode:[secretmem]", "secret memory (memfd_secret)")]
    [InlineData("/secretmem (deleted)", "secret memory (memfd_secret)")]
    public void Has_a_name_and_a_remedy(string target, string what)
    {
        Refusal refusal = Refusal.For(target)!;
        Assert.Equal(what, refusal.What);
        string message = refusal.Message(5, target);
        Assert.StartsWith($"fd 5 is {what} ({target}), which cannot be checkpointed; ", message, StringComparison.Ordinal);
        Assert.EndsWith(refusal.Remedy, message, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Remedy);
    }

    [Theory]
    [InlineData("anon_inode:[eventfd]")]
    [InlineData("anon_inode:inotify")]
    [InlineData("/dev/null")]
    [InlineData("/home/a/file")]
    [InlineData("pipe:[123]")]
    public void Others_are_not_refused(string target) => Assert.Null(Refusal.For(target));
}
