using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>Messages that have arrived at a datagram or seqpacket socket and were not read; they stay there.</summary>
/// <param name="Bytes">All of them.</param>
/// <param name="Lengths">Of each.</param>
/// <param name="Senders">Their addresses in hex, when those were asked for.</param>
internal sealed unsafe record UnreadMessages(byte[] Bytes, IReadOnlyList<int> Lengths, IReadOnlyList<string> Senders)
{
    private const int SolSocket = 1, PeekOffset = 42, PassCredentials = 16; // SO_PEEK_OFF, SO_PASSCRED: socket(7), unix(7)
    private const int PeekNow = 0x42;                 // MSG_PEEK | MSG_DONTWAIT
    private const int ControlTruncated = 8;           // MSG_CTRUNC
    private const int CredentialsSize = 32;           // CMSG_SPACE(sizeof(struct ucred)), cmsg(3)
    private const int AddressSize = 128;
    private const int Limit = 4 << 20;                // more than a socket's buffer takes

    /// <exception cref="UnsupportedResourceException">One of them carries file descriptors.</exception>
    public static UnreadMessages Peek(DescriptorFacts facts, int fd, bool withSenders)
    {
        int before = SocketOptions.Number(fd, SolSocket, PeekOffset);
        SetPeekOffset(fd, 0);
        try
        {
            var bytes = new List<byte>();
            var lengths = new List<int>();
            var senders = new List<string>();
            byte[] buffer = new byte[Limit], address = new byte[AddressSize];
            while (Receive(facts, fd, buffer, address, out int addressLength) is var length and >= 0)
            {
                bytes.AddRange(buffer.AsSpan(0, length));
                lengths.Add(length);
                if (withSenders)
                {
                    senders.Add(Convert.ToHexString(address, 0, addressLength));
                }

                // The kernel shows an empty message once only, for the offset counts bytes.
                if (length == 0 || bytes.Count > Limit)
                {
                    throw new TransientResourceException(
                        $"fd {facts.Fd} is {facts.Target} with an empty message or more than {Limit >> 20} MiB unread, which cannot be "
                        + "checkpointed; try again when the program has read it");
                }
            }

            return new UnreadMessages([.. bytes], lengths, senders);
        }
        finally
        {
            SetPeekOffset(fd, before);
        }
    }

    /// <summary>A stream may carry file descriptors too.</summary>
    /// <exception cref="TransientResourceException">It does.</exception>
    public static void RequirePlain(DescriptorFacts facts, int fd) => Receive(facts, fd, new byte[Limit], [], out _);

    /// <summary>Length of the next message; -1: there are no more.</summary>
    private static int Receive(DescriptorFacts facts, int fd, byte[] buffer, byte[] address, out int addressLength)
    {
        // Room for the sender's credentials, if the program wants them, but not for file descriptors: those would be ours.
        bool credentials = SocketOptions.Number(fd, SolSocket, PassCredentials) != 0;
        byte* control = stackalloc byte[CredentialsSize];
        fixed (byte* data = buffer, name = address)
        {
            // struct msghdr (recvmsg(2)): name, its length, vector, its length, control, its length, flags
            ulong* vector = stackalloc ulong[2] { (ulong)data, (ulong)buffer.Length };
            ulong* header = stackalloc ulong[7]
            {
                (ulong)name, (ulong)address.Length, (ulong)vector, 1, (ulong)control, credentials ? CredentialsSize : 0ul, 0,
            };
            long length = Sys.Try(SyscallNumber.Recvmsg, (ulong)fd, (ulong)header, PeekNow);
            addressLength = Math.Min((int)header[1], address.Length);
            return length < 0 || (header[6] & ControlTruncated) == 0
                ? (int)Math.Max(-1, length)
                : throw new TransientResourceException(
                    $"fd {facts.Fd} is {facts.Target} with a message unread that carries file descriptors, which "
                    + "cannot be checkpointed; try again when the program has read it");
        }
    }

    private static void SetPeekOffset(int fd, int offset) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, PeekOffset, (ulong)&offset, 4);
}
