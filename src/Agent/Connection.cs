using Interpose.Agent.Abi;
using Interpose.Linux;
using Interpose.Protocol;
using Interpose.Protocol.Wire;

namespace Interpose.Agent;

/// <summary>Frames to and from the coordinator, over the fd that the shim connected; blocking, without threads.</summary>
internal sealed unsafe class Connection
{
    private const int MessageNoSignal = 0x4000;

    private const int KeySize = 32;

    private readonly NativeState* _state;
    private readonly ulong _number;
    private readonly FrameBuffer _received;
    private readonly HmacKey _sendKey;

    /// <summary>The connection that the shim has now.</summary>
    public Connection(NativeState* state)
    {
        _state = state;
        _number = state->Connections;
        Fd = state->Connection;
        _sendKey = new HmacKey(new ReadOnlySpan<byte>(state->SendKey, KeySize));
        _received = new FrameBuffer
        {
            MaxPayload = Frame.MaxPayload,
            Opener = new FrameOpener(new ReadOnlySpan<byte>(state->ReceiveKey, KeySize)),
        };
    }

    public int Fd { get; }

    /// <summary>Whether it is still the one that the shim has. The number of its fd may be that of the one before.</summary>
    public bool IsCurrent => _number == _state->Connections;

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
    public bool Send<T>(T message)
        where T : IMessage<T>
    {
        byte[] frame = SealedFrame.Seal(_sendKey, _state->FramesSent++, MessageCodec.ToFrame(message));
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
