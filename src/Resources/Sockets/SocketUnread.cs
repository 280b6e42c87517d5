using System.Globalization;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>What has arrived at a socket and was not read, left where it is.</summary>
internal static unsafe class SocketUnread
{
    private const int Stream = 1, Raw = 3;
    private const int SolSocket = 1, PeekOffset = 42; // SO_PEEK_OFF
    private const int PeekNow = 0x42; // MSG_PEEK | MSG_DONTWAIT
    private const int Readable = 1; // POLLIN

    public static byte[] Look(DescriptorFacts facts, int fd, SocketFacts socket, Dictionary<string, string> extra)
    {
        if (socket.Domain == SocketAddress.Netlink)
        {
            RequireAnswered(facts, fd, socket);
            return [];
        }

        if (socket.Domain == SocketAddress.Unix)
        {
            UnixUnread unread = facts.UnixUnread ?? UnixUnread.Nothing;
            unread.Describe(socket.Type == Stream, extra);
            return unread.Bytes;
        }

        if (socket.Type == Raw || (socket.IsTcp && !socket.IsConnected))
        {
            return [];
        }

        // A program that peeks by itself has a place in the queue, which is not ours to move.
        int own = SocketOptions.Number(fd, SolSocket, PeekOffset);
        bool peeks = own > 0;
        if (peeks)
        {
            SetPeekOffset(fd, -1);
        }

        try
        {
            return Look(facts, fd, extra, socket);
        }
        finally
        {
            if (peeks)
            {
                SetPeekOffset(fd, own);
            }
        }
    }

    private static byte[] Look(DescriptorFacts facts, int fd, Dictionary<string, string> extra, SocketFacts socket)
    {
        if (socket.IsTcp)
        {
            TcpUnread unread = TcpUnread.Look(facts, fd);
            if (unread.UrgentAt >= 0)
            {
                extra[SocketRefill.Urgent] = unread.UrgentAt.ToString(CultureInfo.InvariantCulture);
            }

            return unread.Bytes;
        }

        if (!IsReadable(fd))
        {
            return [];
        }

        UnreadMessages messages = UnreadMessages.Peek(facts, fd);
        extra[SocketRefill.Lengths] = string.Join(',', messages.Lengths);
        extra[SocketRefill.Senders] = string.Join(',', messages.Senders);
        return messages.Bytes;
    }

    /// <summary>An answer of the kernel that was not read cannot be put back; it is read in a moment.</summary>
    private static void RequireAnswered(DescriptorFacts facts, int fd, SocketFacts socket)
    {
        const int multicastGroups = 8;
        bool listens = BitConverter.ToUInt32(socket.Local.Bytes, multicastGroups) != 0;
        if (!listens && IsReadable(fd))
        {
            throw new TransientResourceException(
                $"fd {facts.Fd} is {facts.Target}, a netlink socket with an answer unread; try again when the program has read it");
        }
    }

    /// <summary>Something is there to be read, be it the end.</summary>
    public static bool IsReadable(int fd)
    {
        int* request = stackalloc int[2] { fd, Readable };
        return Sys.Try(SyscallNumber.Poll, (ulong)request, 1, 0) > 0 && (request[1] >> 16 & Readable) != 0;
    }

    private static void SetPeekOffset(int fd, int offset) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, PeekOffset, (ulong)&offset, 4);
}
