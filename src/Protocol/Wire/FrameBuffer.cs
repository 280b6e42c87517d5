namespace Interpose.Protocol.Wire;

/// <summary>Puts frames together from the pieces in which a stream delivers them. Not thread-safe.</summary>
public sealed class FrameBuffer
{
    // Small at first: an unauthenticated peer must not be able to make the server allocate much.
    private const int InitialBytes = 512;
    private const int KeptBytes = 64 * 1024;

    private byte[] _bytes = new byte[InitialBytes];
    private int _start;
    private int _end;

    /// <summary>Cap on a payload, in bytes. Raised after the handshake.</summary>
    public int MaxPayload { get; set; } = Frame.MaxUnauthenticatedPayload;

    /// <summary>Set when the handshake is done: all frames from there on are sealed.</summary>
    public FrameOpener? Opener { get; set; }

    /// <summary>Whether part of a frame, or a frame not yet taken, is held.</summary>
    public bool HasPending => _end > _start;

    /// <summary>
    /// Whether a complete frame is held. Whoever waits for the descriptor to become readable must look here first: a
    /// frame that came together with the one before makes no descriptor readable.
    /// </summary>
    /// <exception cref="ProtocolException">The frame's length is not allowed.</exception>
    public bool HasFrame => Frame.TryParse(_bytes.AsSpan(_start, _end - _start), MaxBody, out _, out _);

    private int MaxBody => MaxPayload + (Opener is null ? 0 : SealedFrame.Overhead);

    /// <summary>Space to receive into; call <see cref="Advance"/> with the number of bytes received.</summary>
    public Memory<byte> GetSpace()
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_bytes.Length > KeptBytes)
            {
                // One large frame in a while: what it took is not to be held for ever by each of many connections.
                _bytes = new byte[InitialBytes];
            }
        }

        if (_end == _bytes.Length)
        {
            if (_start > 0)
            {
                _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
                _end -= _start;
                _start = 0;
            }
            else
            {
                // Frames above the cap were refused when their prefix was seen, so this cannot grow past it.
                Array.Resize(ref _bytes, _bytes.Length * 2);
            }
        }

        return _bytes.AsMemory(_end);
    }

    /// <summary>Counts bytes that were received into <see cref="GetSpace"/>.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _end);
        _end += count;
    }

    /// <summary>Takes the next complete frame's payload, copied so that it stays valid.</summary>
    /// <exception cref="ProtocolException">The frame's length is not allowed, or it is not the one that was sent.</exception>
    public bool TryTake(out byte[] payload)
    {
        if (!Frame.TryParse(_bytes.AsSpan(_start, _end - _start), MaxBody, out ReadOnlySpan<byte> found, out int consumed))
        {
            payload = [];
            return false;
        }

        payload = (Opener is null ? found : Opener.Open(found)).ToArray();
        _start += consumed;
        return true;
    }
}
