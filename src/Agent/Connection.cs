using Interpose.Linux;
using Interpose.Protocol.Wire;

namespace Interpose.Agent;

/// <summary>Frames to and from the coordinator, over the fd that the shim connected; blocking, without threads.</summary>
internal sealed class Connection
{
    private const int MessageNoSignal = 0x4000;

    private readonly FrameBuffer _received = new() { MaxPayload = Frame.MaxPayload };

    public Connection(int fd) => Fd = fd;

    public int Fd { get; }

    /// <summary>A whole frame has been received already: a poll on the fd would not tell.</summary>
    public bool HasFrame => _received.HasFrame;

    /// <summary>The next frame; null when the coordinator is gone.</summary>
    public byte[]? Receive()
    {
        for (;;)
        {
            if (_received.TryTake(out byte[] payload))
            {
                return payload;
            }

            Memory<byte> space = _received.GetSpace();
            long n = Sys.TryRead(Fd, space.Span);
            if (n <= 0)
            {
                return null;
            }

            _received.Advance((int)n);
        }
    }

    /// <summary>False when the coordinator is gone.</summary>
    public unsafe bool Send<T>(T message)
        where T : IMessage<T>
    {
        byte[] frame = MessageCodec.ToFrame(message);
        fixed (byte* p = frame)
        {
            for (int sent = 0; sent < frame.Length;)
            {
                long n = Sys.Try(
                    SyscallNumber.Sendto, (ulong)Fd, (ulong)(p + sent), (ulong)(frame.Length - sent), MessageNoSignal);
                if (n <= 0)
                {
                    return false;
                }

                sent += (int)n;
            }
        }

        return true;
    }
}
