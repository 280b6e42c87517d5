using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>Messages that have arrived at a unix datagram or seqpacket socket and were not read; they stay there.</summary>
internal sealed unsafe record UnreadMessages(byte[] Bytes, IReadOnlyList<int> Lengths)
{
    private const int SolSocket = 1, PeekOffset = 42; // SO_PEEK_OFF, socket(7)
    private const int PeekNow = 0x42;                 // MSG_PEEK | MSG_DONTWAIT
    private const int ControlTruncated = 8;           // MSG_CTRUNC
    private const int Limit = 4 << 20;                // more than a socket's buffer takes

    /// <exception cref="UnsupportedResourceException">One of them carries file descriptors.</exception>
    public static UnreadMessages Peek(DescriptorFacts facts, int fd)
    {
        int before = SocketOptions.Number(fd, SolSocket, PeekOffset);
        SetPeekOffset(fd, 0);
        try
        {
            var bytes = new List<byte>();
            var lengths = new List<int>();
            byte[] buffer = new byte[Limit];
            while (Receive(facts, fd, buffer) is var length and >= 0)
            {
                bytes.AddRange(buffer.AsSpan(0, length));
                lengths.Add(length);

                // The offset counts bytes: an empty message would be seen for ever.
                if (length == 0 || bytes.Count > Limit)
                {
                    throw new UnsupportedResourceException(
                        $"fd {facts.Fd} is {facts.Target} with an empty message or more than {Limit >> 20} MiB unread, which cannot be "
                        + "checkpointed yet; try again later");
                }
            }

            return new UnreadMessages([.. bytes], lengths);
        }
        finally
        {
            SetPeekOffset(fd, before);
        }
    }

    /// <summary>Length of the next message; -1: there are no more.</summary>
    private static int Receive(DescriptorFacts facts, int fd, byte[] buffer)
    {
        fixed (byte* data = buffer)
        {
            // struct msghdr (recvmsg(2)): name, its length, vector, its length, control, its length, flags
            ulong* vector = stackalloc ulong[2] { (ulong)data, (ulong)buffer.Length };
            ulong* header = stackalloc ulong[7] { 0, 0, (ulong)vector, 1, 0, 0, 0 };
            long length = Sys.Try(SyscallNumber.Recvmsg, (ulong)fd, (ulong)header, PeekNow);
            return (header[6] & ControlTruncated) == 0
                ? (int)Math.Max(-1, length)
                : throw new UnsupportedResourceException(
                    $"fd {facts.Fd} is {facts.Target} with a message unread that carries file descriptors or credentials, which "
                    + "cannot be checkpointed yet; try again later");
        }
    }

    private static void SetPeekOffset(int fd, int offset) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, PeekOffset, (ulong)&offset, 4);
}
