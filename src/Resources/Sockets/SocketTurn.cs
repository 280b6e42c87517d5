using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// A socket that several processes share is looked at by one of their agents at a time. It is a lock of the whole socket
/// (F_SETLKW, fcntl(2)), which belongs to the agent's table of fds: neither the other agents nor the application have it, and
/// it goes with whoever has it.
/// </summary>
internal sealed unsafe class SocketTurn : IDisposable
{
    private const int WriteLock = 1, Unlock = 2, SetLockWait = 7; // F_WRLCK, F_UNLCK, F_SETLKW
    private const int Interrupted = -4; // -EINTR

    private readonly int _fd;

    /// <summary>Waits for the turn.</summary>
    /// <exception cref="SyscallException">The kernel has no room for a lock.</exception>
    public SocketTurn(int fd)
    {
        _fd = fd;
        long outcome;
        do
        {
            outcome = Lock(WriteLock);
        }
        while (outcome == Interrupted);
        if (outcome < 0)
        {
            throw new SyscallException("fcntl", (int)-outcome, "a turn at a socket");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Lock(Unlock);

    private long Lock(short type)
    {
        // struct flock: type, whence (16 bits each), start, length, pid; from the start and of any length
        long* request = stackalloc long[4] { type, 0, 0, 0 };
        return Sys.Try(SyscallNumber.Fcntl, (ulong)_fd, SetLockWait, (ulong)request);
    }
}
