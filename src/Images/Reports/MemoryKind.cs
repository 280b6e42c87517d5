namespace Interpose.Images.Reports;

/// <summary>What a mapping is to somebody who looks at a process.</summary>
public enum MemoryKind
{
    /// <summary>The main thread's stack.</summary>
    Stack,

    /// <summary>The brk heap.</summary>
    Heap,

    /// <summary>Private memory without a file.</summary>
    Anonymous,

    /// <summary>Address space without access: guards and reservations.</summary>
    Reserved,

    /// <summary>Files mapped privately: programs, libraries and their data.</summary>
    PrivateFile,

    /// <summary>Files mapped shared.</summary>
    SharedFile,

    /// <summary>Shared memory without a name in a file system.</summary>
    SharedMemory,

    /// <summary>vdso and the pages it reads.</summary>
    Kernel,
}
