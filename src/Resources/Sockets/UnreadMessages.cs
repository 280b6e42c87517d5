using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>Datagrams that have arrived at an internet socket and were not read; they stay there.</summary>
/// <param name="Bytes">All of them.</param>
/// <param name="Lengths">Of each.</param>
/// <param name="Senders">Their addresses in hex.</param>
internal sealed unsafe record UnreadMessages(byte[] Bytes, IReadOnlyList<int> Lengths, IReadOnlyList<string> Senders)
{
    private const int SolSocket = 1, PeekOffset = 42; // SO_PEEK_OFF: socket(7)
    private const int PeekNow = 0x42;                 // MSG_PEEK | MSG_DONTWAIT
    private const int AddressSize = 128;
    private const int Limit = 4 << 20;                // more than a socket's buffer takes

    /// <exception cref="TransientResourceException">They cannot be seen as a whole.</exception>
    public static UnreadMessages Peek(DescriptorFacts facts, int fd)
    {
        int before = SocketOptions.Number(fd, SolSocket, PeekOffset);
        SetPeekOffset(fd, 0);
        try
        {
            var bytes = new List<byte>();
            var lengths = new List<int>();
            var senders = new List<string>();
            byte[] buffer = new byte[Limit], address = new byte[AddressSize];
            while (Receive(fd, buffer, address, out int addressLength) is var length and >= 0)
            {
                bytes.AddRange(buffer.AsSpan(0, length));
                lengths.Add(length);
                senders.Add(Convert.ToHexString(address, 0, addressLength));

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

    /// <summary>Length of the next message; -1: there are no more.</summary>
    private static int Receive(int fd, byte[] buffer, byte[] address, out int addressLength)
    {
        fixed (byte* data = buffer, name = address)
        {
            int size = address.Length;
            long length = Sys.Try(
                SyscallNumber.Recvfrom, (ulong)fd, (ulong)data, (ulong)buffer.Length, PeekNow, (ulong)name, (ulong)&size);
            addressLength = Math.Min(size, address.Length);
            return (int)Math.Max(-1, length);
        }
    }

    private static void SetPeekOffset(int fd, int offset) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, PeekOffset, (ulong)&offset, 4);
}
