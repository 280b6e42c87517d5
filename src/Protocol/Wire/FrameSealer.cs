namespace Interpose.Protocol.Wire;

/// <summary>One direction of a connection, at its sending end. Not thread-safe.</summary>
/// <param name="key">Key of the direction.</param>
public sealed class FrameSealer(ReadOnlySpan<byte> key)
{
    private readonly HmacKey _key = new(key);
    private ulong _next;

    /// <summary>The plain frame as it goes on the wire next.</summary>
    public byte[] Seal(ReadOnlySpan<byte> frame) => SealedFrame.Seal(_key, _next++, frame);
}
