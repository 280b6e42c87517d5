namespace Interpose.Images.Metadata;

/// <summary>
/// Upper bounds on what a metadata section may hold. An image is input from outside: a reader must not be talked into
/// allocating memory by a count. Each bound is above what the kernel allows, so that no real process meets it.
/// </summary>
public static class MetadataLimits
{
    /// <summary>Bytes of the whole section.</summary>
    public const int SectionBytes = 256 << 20;

    /// <summary>Elements of any list (threads, descriptors, mapped files, arguments).</summary>
    public const int ListItems = 1 << 20;

    /// <summary>Bytes of any text; the kernel's longest is one argument of 128 KiB.</summary>
    public const int TextBytes = 1 << 18;

    /// <summary>Bytes of any blob; the largest is what is unread in a TCP socket (tcp_rmem, tcp(7)).</summary>
    public const int BlobBytes = 32 << 20;

    /// <summary>Bytes of a siginfo_t as rt_sigqueueinfo(2) takes it.</summary>
    public const int SigInfoBytes = 128;

    /// <summary>Number of signals, and so of dispositions: entry i is that of signal i + 1.</summary>
    public const int Signals = 64;

    /// <summary>RLIM_NLIMITS.</summary>
    public const int ResourceLimits = 16;

    /// <summary>ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF.</summary>
    public const int IntervalTimers = 3;

    /// <summary>End of the user half of the address space (TASK_SIZE of x86-64 with 4-level page tables).</summary>
    public const ulong UserAddressEnd = 0x7fff_ffff_f000;
}
