using System.Buffers.Binary;
using System.Text;
using Interpose.Linux;
using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Agent;

/// <summary>
/// What the coordinator of this host does for a process that may not do it itself (docs/protocol.md): it may have given up the
/// privileges that the computation began with, or see another root directory (chroot(2)).
/// </summary>
internal sealed unsafe class HostService(CheckpointMessage request)
{
    private const int Unix = 1, Stream = 1, CloseOnExec = 0x80000; // unix(7), SOCK_CLOEXEC
    private const int SolSocket = 1, ReceiveTimeout = 20, SendTimeout = 21; // SO_RCVTIMEO, SO_SNDTIMEO
    private const int OwnerOnly = 0x180; // 0600
    private const int LimitSeconds = 5;
    private const int AddressSize = 110; // struct sockaddr_un
    private const int NotPermitted = -1; // -EPERM

    /// <summary>Opens the file that the image goes to.</summary>
    /// <returns>An fd, close-on-exec.</returns>
    /// <exception cref="SyscallException">It cannot be opened in either way; what this process met.</exception>
    public int OpenImage(string path)
    {
        const int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.CloseOnExec;
        long fd = Sys.TryOpen(path, flags, OwnerOnly);
        if (fd >= 0)
        {
            return (int)fd;
        }

        int passed = -1;
        Ask([HostRequest.OpenImage, 0, 0, 0, 0], socket => passed = PassedDescriptor.TryReceive(socket, wait: true));
        return passed >= 0 ? passed : throw new SyscallException("open", (int)-fd, path);
    }

    /// <summary>kcmp(2) of two fds in two processes: 0 when they refer to the same description; or -errno.</summary>
    public long Compare(int pid, int otherPid, int fd, int otherFd)
    {
        const int files = 0; // KCMP_FILE
        long outcome = Sys.Try(SyscallNumber.Kcmp, (ulong)pid, (ulong)otherPid, files, (ulong)fd, (ulong)otherFd);
        if (outcome == NotPermitted)
        {
            Ask([HostRequest.Compare, pid, otherPid, fd, otherFd], socket =>
            {
                Span<byte> answer = stackalloc byte[4];
                outcome = Sys.TryRead(socket, answer) == answer.Length ? BinaryPrimitives.ReadInt32LittleEndian(answer) : outcome;
            });
        }

        return outcome;
    }

    private void Ask(ReadOnlySpan<int> words, Action<int> receive)
    {
        long socket = request.Service.Length == 0 ? -1 : Sys.Try(SyscallNumber.Socket, Unix, Stream | CloseOnExec);
        if (socket < 0)
        {
            return;
        }

        long* limit = stackalloc long[2] { LimitSeconds, 0 }; // struct timeval
        Sys.Try(SyscallNumber.Setsockopt, (ulong)socket, SolSocket, ReceiveTimeout, (ulong)limit, 16);
        Sys.Try(SyscallNumber.Setsockopt, (ulong)socket, SolSocket, SendTimeout, (ulong)limit, 16);
        Span<byte> address = stackalloc byte[AddressSize], message = stackalloc byte[HostRequest.Size];
        address.Clear();
        address[0] = Unix;
        int length = 3 + Encoding.ASCII.GetBytes(request.Service, address[3..]); // behind the family and a NUL
        Encoding.ASCII.GetBytes(request.Ticket, message);
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(message[(HostRequest.TicketLength + (4 * i))..], words[i]);
        }

        fixed (byte* a = address)
        {
            if (Sys.Try(SyscallNumber.Connect, (ulong)socket, (ulong)a, (ulong)length) >= 0
                && Sys.TryWrite((int)socket, message) == message.Length)
            {
                receive((int)socket);
            }
        }

        Sys.Close((int)socket);
    }
}
