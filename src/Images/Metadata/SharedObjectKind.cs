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
}
