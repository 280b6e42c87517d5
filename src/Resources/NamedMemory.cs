using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources;

/// <summary>
/// POSIX shared memory and named semaphores are files below /dev/shm (shm_overview(7), sem_overview(7)). They are memory:
/// neither a reboot nor the way to another machine leaves anything of them, so that their content is part of the image.
/// </summary>
public static class NamedMemory
{
    private const string Directory = "/dev/shm/";

    /// <summary>The path, which exists, is of such a file.</summary>
    public static bool Is(string path) => path.StartsWith(Directory, StringComparison.Ordinal);

    public static SharedObject Describe(string path, FileStatus status) => new()
    {
        Kind = SharedObjectKind.NamedMemory,
        Name = path,
        Size = status.Size,
        Device = status.Device,
        Inode = status.Inode,
        Mode = status.Mode,
        ModifiedNs = status.ModifiedNs,
    };
}
