using Interpose.Cli.Native;

namespace Interpose.Cli.State;

/// <summary>
/// An advisory lock on a file. A coordinator holds one for life: the kernel drops it however the coordinator ends, so
/// whether it is held tells whether the coordinator lives, without a connection and without trusting a process id.
/// </summary>
internal sealed unsafe class FileLock : IDisposable
{
    private readonly int _fd;

    private FileLock(int fd) => _fd = fd;

    /// <summary>Takes the lock, waiting for it.</summary>
    /// <exception cref="IOException">The file cannot be created or locked.</exception>
    public static FileLock Take(string path)
    {
        int fd = OpenFile(path, Libc.OpenCreateReadWriteCloseOnExec);
        if (fd < 0 || Libc.FLock(fd, Libc.LockExclusive) != 0)
        {
            int errno = Libc.Errno;
            if (fd >= 0)
            {
                _ = Libc.Close(fd);
            }

            throw new IOException($"{path}: cannot be locked: {Libc.Describe(errno)}");
        }

        return new FileLock(fd);
    }

    /// <summary>Whether somebody holds the lock.</summary>
    public static bool IsHeld(string path)
    {
        int fd = OpenFile(path, Libc.OpenReadOnlyCloseOnExec);
        if (fd < 0)
        {
            return false;
        }

        bool held = Libc.FLock(fd, Libc.LockShared | Libc.LockNonBlocking) != 0 && Libc.Errno == Libc.EAGAIN;
        _ = Libc.Close(fd);
        return held;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Libc.Close(_fd);

    private static int OpenFile(string path, int flags)
    {
        fixed (byte* p = CString.From(path))
        {
            return Libc.Open(p, flags, 0x180 /* 0600 */);
        }
    }
}
