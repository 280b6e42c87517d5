namespace Interpose.Protocol.Wire;

/// <summary>One direction of a connection, at its receiving end: takes each frame once and in order. Not thread-safe.</summary>
/// <param name="key">Key of the direction.</param>
public sealed class FrameOpener(ReadOnlySpan<byte> key)
{
    private readonly HmacKey _key = new(key);
    private ulong _next;
    private ulong _lastReport = SealedFrame.Report;

    /// <summary>The payload of the frame that is due.</summary>
    /// <param name="body">What follows the length.</param>
    /// <exception cref="ProtocolException">It was altered, or it is another frame than the one that is due.</exception>
    public ReadOnlySpan<byte> Open(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> payload = SealedFrame.Open(_key, body, out ulong number);
        if (number > _lastReport)
        {
            _lastReport = number;
        }
        else if (number == _next)
        {
            _next++;
        }
        else
        {
            throw new ProtocolException(
                number < _next || number >= SealedFrame.Report
                    ? "a frame came a second time: it was recorded and sent again on its way"
                    : $"frame {number} came where frame {_next} was due: others were taken out or exchanged on their way");
        }

        return payload;
    }
}
