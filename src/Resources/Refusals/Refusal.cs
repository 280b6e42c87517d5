namespace Interpose.Resources.Refusals;

/// <summary>A kind of kernel object that cannot be saved.</summary>
/// <param name="Prefix">How the target of its link in /proc/PID/fd begins.</param>
/// <param name="What">What it is, for people.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record Refusal(string Prefix, string What, string Remedy)
{
    private const string Close = "let the program close it, then try again";

    /// <summary>All that are known by name.</summary>
    public static IReadOnlyList<Refusal> All { get; } =
    [
        new("anon_inode:[io_uring]", "an io_uring", "tell the program to use another way of I/O (most have a setting), then start it again"),
        new("anon_inode:[userfaultfd]", "a userfaultfd", Close),
        new("anon_inode:[fanotify]", "a fanotify group", "let the program use inotify, or close it, then try again"),
        new("anon_inode:[perf_event]", "a performance counter (perf_event_open)", "run the program without profiling"),
        new("anon_inode:bpf", "a BPF object", "BPF programs and maps belong to the kernel of this machine; " + Close),
        new("anon_inode:[bpf", "a BPF object", "BPF programs and maps belong to the kernel of this machine; " + Close),
        new("anon_inode:btf", "a BPF type description", Close),
        new("anon_inode:kvm", "a virtual machine (KVM)", "use the snapshots of the virtual machine monitor"),
        new("anon_inode:[kvm", "a virtual machine (KVM)", "use the snapshots of the virtual machine monitor"),
        new("/dev/kvm", "the device of virtual machines (KVM)", "use the snapshots of the virtual machine monitor"),
        new("/dev/dri/", "a GPU", "run the program with software rendering, or let it close the device, then try again"),
        new("/dev/nvidia", "a GPU", "let the program release the GPU (for CUDA: cuda-checkpoint), then try again"),
        new("/dev/kfd", "a GPU", "let the program release the GPU, then try again"),
        new("/dev/infiniband/", "an RDMA device", "run the program over TCP, then try again"),
        new("/dev/vfio/", "a device that is passed through (VFIO)", Close),
        new("anon_inode:[vfio", "a device that is passed through (VFIO)", Close),
        new("/dev/fuse", "a file system in user space (FUSE)", "unmount it and let its server end before the checkpoint"),
        new("/dev/net/tun", "a network interface (TUN/TAP)", Close),
        new("/dmabuf:", "a buffer shared with a device (dma-buf)", Close),
        new("anon_inode:sync_file", "a fence of a device", Close),
        new("anon_inode:seccomp", "the supervision of system calls (seccomp notification)", Close),
        new("anon_inode:[landlock", "a Landlock rule set", Close),
        new("anon_inode:[fscontext]", "a mount under construction (fsopen)", Close),
        new("anon_inode:[secretmem]", "secret memory (memfd_secret)", Close),
        new("/secretmem", "secret memory (memfd_secret)", Close),
    ];

    /// <summary>The refusal for a file with this link target, or null.</summary>
    public static Refusal? For(string target) => All.FirstOrDefault(r => target.StartsWith(r.Prefix, StringComparison.Ordinal));

    public string Message(int fd, string target) => $"fd {fd} is {What} ({target}), which cannot be checkpointed; {Remedy}";
}
