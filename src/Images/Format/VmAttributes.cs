namespace Interpose.Images.Format;

/// <summary>Mirror of enum ip_vm_flag: what madvise(2), mlock(2) and mmap(2) set on a mapping.</summary>
[Flags]
public enum VmAttributes : ulong
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>MAP_GROWSDOWN (gd).</summary>
    GrowsDown = 1 << 0,

    /// <summary>MADV_DONTFORK (dc).</summary>
    DontFork = 1 << 1,

    /// <summary>MADV_WIPEONFORK (wf).</summary>
    WipeOnFork = 1 << 2,

    /// <summary>MADV_DONTDUMP (dd).</summary>
    DontDump = 1 << 3,

    /// <summary>MADV_HUGEPAGE (hg).</summary>
    HugePage = 1 << 4,

    /// <summary>MADV_NOHUGEPAGE (nh).</summary>
    NoHugePage = 1 << 5,

    /// <summary>mlock(2) (lo).</summary>
    Locked = 1 << 6,

    /// <summary>MAP_NORESERVE (nr).</summary>
    NoReserve = 1 << 7,

    /// <summary>MADV_MERGEABLE (mg).</summary>
    Mergeable = 1 << 8,

    /// <summary>MADV_SEQUENTIAL (sr).</summary>
    Sequential = 1 << 9,

    /// <summary>MADV_RANDOM (rr).</summary>
    Random = 1 << 10,

    /// <summary>Device memory (io, pf), which is refused.</summary>
    Io = 1 << 11,

    /// <summary>mlock2(MLOCK_ONFAULT) (lf).</summary>
    LockOnFault = 1 << 12,
}
