using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Looks at the queue of a unix socket, message by message, with descriptors and credentials (unix(7)). Descriptors arrive
/// as copies in the agent's table. The socket is left as it was.
/// </summary>
internal sealed unsafe class UnixPeek : IDisposable
{
    private const int SolSocket = 1, PeekOffset = 42, PassCredentials = 16; // SO_PEEK_OFF, SO_PASSCRED
    private const int PeekNow = 0x40000042;  // MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC
    private const int ControlTruncated = 8;  // MSG_CTRUNC
    private const int ControlSize = 2048;    // 253 descriptors (SCM_MAX_FD), credentials, a label
    private const int HeaderSize = 16;       // struct cmsghdr
    private const int Rights = 1, Credentials = 2; // SCM_*

    private readonly int _fd;
    private readonly int _offsetBefore, _credentialsBefore;
    private readonly bool _isStream;
    private byte[] _buffer;

    public UnixPeek(int fd, bool isStream)
    {
        _fd = fd;
        _isStream = isStream;
        _buffer = new byte[isStream ? Math.Max(1, SocketFacts.Unread(fd)) : 1];
        _offsetBefore = SocketOptions.Number(fd, SolSocket, PeekOffset);
        _credentialsBefore = SocketOptions.Number(fd, SolSocket, PassCredentials);
        Set(PassCredentials, 1);
    }

    public ReadOnlySpan<byte> Bytes(int length) => _buffer.AsSpan(0, length);

    /// <summary>The part of the queue that begins <paramref name="offset"/> bytes behind its start; null: there is none.</summary>
    public UnixPart? Next(int offset, int most)
    {
        Set(PeekOffset, offset);
        if (!_isStream)
        {
            long size = NextLength();
            if (size <= 0)
            {
                // An empty message is shown at its place only once, so that it is not looked at again.
                return size < 0 ? null : new UnixPart(0, false);
            }

            _buffer = size > _buffer.Length ? new byte[size] : _buffer;
            Set(PeekOffset, offset); // the look has moved it
        }

        byte* control = stackalloc byte[ControlSize];
        fixed (byte* data = _buffer)
        {
            // struct msghdr (recvmsg(2)): name, its length, vector, its length, control, its length, flags
            ulong* vector = stackalloc ulong[2] { (ulong)data, (ulong)Math.Min(_buffer.Length, most) };
            ulong* header = stackalloc ulong[7] { 0, 0, (ulong)vector, 1, (ulong)control, ControlSize, 0 };
            long length = Sys.Try(SyscallNumber.Recvmsg, (ulong)_fd, (ulong)header, PeekNow);

            // At the end of a stream there are no credentials either.
            if (length < 0 || (length == 0 && header[5] == 0))
            {
                return null;
            }

            var part = new UnixPart((int)length, (header[6] & ControlTruncated) != 0);
            Parse(new ReadOnlySpan<byte>(control, (int)header[5]), part);
            return part;
        }
    }

    private long NextLength()
    {
        const int trueLength = 0x20; // MSG_TRUNC, recv(2)
        byte any;
        return Sys.Try(SyscallNumber.Recvfrom, (ulong)_fd, (ulong)&any, 1, PeekNow | trueLength);
    }

    /// <summary>Of a part of a stream that carries descriptors, how much belongs to what was sent before.</summary>
    /// <remarks>
    /// The kernel shows both as one, and does not tell where the second begins. But it stops in front of a piece that it
    /// cannot copy as a whole (unix_stream_read_generic, net/unix/af_unix.c): here the last one, which meets a page that
    /// cannot be written.
    /// </remarks>
    public int BytesBeforeDescriptors(int offset, int length)
    {
        const ulong page = 4096;
        const int none = 0, readWrite = 3, privateAnonymous = 0x22;
        ulong size = ((ulong)length + page - 1) & ~(page - 1);
        ulong room = (ulong)Sys.Call("room to look at a queue", SyscallNumber.Mmap, 0, size + page, readWrite, privateAnonymous, ulong.MaxValue);
        try
        {
            Sys.Call("its last page", SyscallNumber.Mprotect, room + size, page, none);
            Set(PeekOffset, offset);
            return (int)Math.Max(0, Sys.Try(
                SyscallNumber.Recvfrom, (ulong)_fd, room + size - (ulong)length + 1, (ulong)length, PeekNow));
        }
        finally
        {
            Sys.Try(SyscallNumber.Munmap, room, size + page);
        }
    }

    public void Dispose()
    {
        Set(PeekOffset, _offsetBefore);
        Set(PassCredentials, _credentialsBefore);
    }

    private static void Parse(ReadOnlySpan<byte> control, UnixPart part)
    {
        while (control.Length >= HeaderSize)
        {
            int size = (int)BitConverter.ToUInt64(control), kind = BitConverter.ToInt32(control[12..]);
            if (size < HeaderSize || size > control.Length)
            {
                return;
            }

            ReadOnlySpan<byte> value = control[HeaderSize..size];
            if (BitConverter.ToInt32(control[8..]) == SolSocket && kind == Credentials)
            {
                part.Sender = PeerCredentials.Parse(value);
            }
            else if (BitConverter.ToInt32(control[8..]) == SolSocket && kind == Rights)
            {
                for (; value.Length >= 4; value = value[4..])
                {
                    part.Descriptors.Add(BitConverter.ToInt32(value));
                }
            }

            control = control[Math.Min((size + 7) & ~7, control.Length)..];
        }
    }

    private void Set(int option, int value) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)_fd, SolSocket, (ulong)option, (ulong)&value, 4);
}
