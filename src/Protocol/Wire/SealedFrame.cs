using System.Buffers.Binary;

namespace Interpose.Protocol.Wire;

/// <summary>
/// A frame after the handshake: u32 length of what follows, u64 number (both little-endian), payload, and the first
/// <see cref="TagSize"/> bytes of the MAC over number and payload. The number is what makes a repeated, missing or
/// exchanged frame differ from the one that is due.
/// </summary>
public static class SealedFrame
{
    /// <summary>Bytes of the tag: half a MAC, which RFC 2104 (5) allows.</summary>
    public const int TagSize = 16;

    /// <summary>Bytes that a sealed frame has beyond a plain one.</summary>
    public const int Overhead = NumberSize + TagSize;

    /// <summary>
    /// Set in the number of a report that a writer of an image sends beside its process, which cannot know how many frames
    /// went before; such frames have numbers of their own, which only grow.
    /// </summary>
    public const ulong Report = 1UL << 63;

    /// <summary>Where the payload begins.</summary>
    public const int PayloadAt = Frame.HeaderSize + NumberSize;

    private const int NumberSize = 8;

    /// <summary>Seals a plain frame.</summary>
    /// <param name="key">Key of the direction.</param>
    /// <param name="number">Its number.</param>
    /// <param name="frame">Length and payload.</param>
    public static byte[] Seal(HmacKey key, ulong number, ReadOnlySpan<byte> frame)
    {
        byte[] result = Unsealed(number, frame[Frame.HeaderSize..]);
        Span<byte> body = result.AsSpan(Frame.HeaderSize);
        Span<byte> mac = stackalloc byte[Sha256.Size];
        key.Compute(body[..^TagSize], mac);
        mac[..TagSize].CopyTo(body[^TagSize..]);
        return result;
    }

    /// <summary>A frame whose tag is still to be computed, for a sender that changes the payload until then.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="payload">The payload as it is now.</param>
    public static byte[] Unsealed(ulong number, ReadOnlySpan<byte> payload)
    {
        byte[] result = new byte[Frame.HeaderSize + payload.Length + Overhead];
        BinaryPrimitives.WriteUInt32LittleEndian(result, (uint)(payload.Length + Overhead));
        BinaryPrimitives.WriteUInt64LittleEndian(result.AsSpan(Frame.HeaderSize), number);
        payload.CopyTo(result.AsSpan(PayloadAt));
        return result;
    }

    /// <summary>The payload of a frame whose tag is right, and its number.</summary>
    /// <param name="key">Key of the direction.</param>
    /// <param name="body">What follows the length.</param>
    /// <param name="number">The frame's number, which the caller has to judge.</param>
    /// <exception cref="ProtocolException">The frame is not what was sent.</exception>
    public static ReadOnlySpan<byte> Open(HmacKey key, ReadOnlySpan<byte> body, out ulong number)
    {
        if (body.Length <= Overhead)
        {
            throw new ProtocolException($"frame of {body.Length} bytes has no room for number, tag and payload");
        }

        Span<byte> mac = stackalloc byte[Sha256.Size];
        key.Compute(body[..^TagSize], mac);
        if (!HmacSha256.Equal(mac[..TagSize], body[^TagSize..]))
        {
            throw new ProtocolException("the tag of a frame is wrong: it was altered on its way, or comes from somebody else");
        }

        number = BinaryPrimitives.ReadUInt64LittleEndian(body);
        return body[NumberSize..^TagSize];
    }
}
