using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>What has arrived at a TCP socket and was not read; it stays there.</summary>
/// <param name="Bytes">All of it, in order, urgent data (tcp(7)) at its place.</param>
/// <param name="UrgentAt">Where the urgent byte is; -1: there is none.</param>
internal sealed unsafe record TcpUnread(byte[] Bytes, int UrgentAt)
{
    private const int SolSocket = 1, PeekOffset = 42, InlineUrgent = 10; // SO_PEEK_OFF (for TCP since Linux 6.9), SO_OOBINLINE
    private const int Urgent = 1, Peek = 2, DoNotWait = 0x40; // MSG_*
    private const int AtMark = 0x8905; // SIOCATMARK
    private const int Limit = 8 << 20; // more than tcp_rmem allows anywhere

    public static TcpUnread Look(DescriptorFacts facts, int fd)
    {
        int waiting = SocketFacts.Unread(fd), isAtMark = 0;
        byte urgent = 0;
        bool isInline = SocketOptions.Number(fd, SolSocket, InlineUrgent) != 0;
        bool hasUrgent = Sys.Try(SyscallNumber.Recvfrom, (ulong)fd, (ulong)&urgent, 1, Urgent | Peek | DoNotWait) == 1;
        Sys.Try(SyscallNumber.Ioctl, (ulong)fd, AtMark, (ulong)&isAtMark);
        byte[] before = waiting > 0 && isAtMark == 0 ? Take(fd, waiting) : [];
        if (isAtMark == 0 && before.Length == waiting && (isInline || !hasUrgent))
        {
            return new TcpUnread(before, -1);
        }

        // Reading stops at the mark; behind it the kernel leaves the urgent byte out, unless it is to be in the stream.
        byte[] behind = Behind(facts, fd, before.Length);
        return isInline ? new TcpUnread([.. before, .. behind], behind.Length > 0 ? before.Length : -1)
            : hasUrgent ? new TcpUnread([.. before, urgent, .. behind], before.Length)
            : new TcpUnread([.. before, .. behind], -1);
    }

    private static byte[] Behind(DescriptorFacts facts, int fd, int offset)
    {
        if (offset == 0)
        {
            return Take(fd, Limit);
        }

        int before = SocketOptions.Number(fd, SolSocket, PeekOffset);
        if (Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, PeekOffset, (ulong)&offset, 4) < 0)
        {
            throw new TransientResourceException(
                $"fd {facts.Fd} is {facts.Target}, a TCP connection with urgent data unread, which this kernel (before 6.9) does not show; "
                + "try again when the program has read it");
        }

        byte[] bytes = Take(fd, Limit);
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, PeekOffset, (ulong)&before, 4);
        return bytes;
    }

    private static byte[] Take(int fd, int size)
    {
        byte[] bytes = new byte[size];
        fixed (byte* p = bytes)
        {
            long n = Sys.Try(SyscallNumber.Recvfrom, (ulong)fd, (ulong)p, (ulong)size, Peek | DoNotWait);
            return n == size ? bytes : bytes[..(int)Math.Max(0, n)];
        }
    }
}
