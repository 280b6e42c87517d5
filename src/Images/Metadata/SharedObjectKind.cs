namespace Interpose.Images.Metadata;

/// <summary>What a shared object is. The numbers are part of the image format.</summary>
public enum SharedObjectKind
{
    /// <summary>Not written by any version of Interpose.</summary>
    Unknown = 0,

    /// <summary>mmap(MAP_SHARED | MAP_ANONYMOUS).</summary>
    AnonymousShared = 1,

    /// <summary>memfd_create(2).</summary>
    MemFd = 2,

    /// <summary>A file without a name, open or mapped.</summary>
    DeletedFile = 3,

    /// <summary>A file below /dev/shm, where POSIX shared memory and named semaphores are; its name is its path.</summary>
    NamedMemory = 4,

    /// <summary>A file that never had a name (O_TMPFILE); the directory part of its name is where it may get one.</summary>
    TemporaryFile = 5,

    /// <summary>A System V shared memory segment; its inode number is its id.</summary>
    Segment = 6,
}
