using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources;

/// <summary>
/// An fd of the application, for calls that need one. The shim's thread has a table of fds of its own, so that the
/// application's is shared with nobody and its system calls stay as fast as they were; pidfd_getfd(2) reaches over.
/// </summary>
public sealed class BorrowedDescriptor : IDisposable
{
    /// <exception cref="SyscallException">The application has closed it.</exception>
    public BorrowedDescriptor(int fd)
    {
        if (fd >= FileDescriptor.FirstQueued)
        {
            const int duplicate = 1030; // F_DUPFD_CLOEXEC
            Fd = (int)Sys.Call($"queued fd {fd}", SyscallNumber.Fcntl, (ulong)(fd - FileDescriptor.FirstQueued), duplicate, 0);
            return;
        }

        int process = (int)Sys.Call("this process", SyscallNumber.PidfdOpen, (ulong)Sys.Try(SyscallNumber.Getpid));
        try
        {
            Fd = (int)Sys.Call($"fd {fd}", SyscallNumber.PidfdGetfd, (ulong)process, (ulong)fd);
        }
        finally
        {
            Sys.Close(process);
        }
    }

    /// <summary>Its number in the agent's own table.</summary>
    public int Fd { get; }

    public void Dispose() => Sys.Close(Fd);
}
