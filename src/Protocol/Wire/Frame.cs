using System.Buffers.Binary;

namespace Interpose.Protocol.Wire;

/// <summary>A frame on the wire: little-endian u32 payload length, then the payload.</summary>
public static class Frame
{
    /// <summary>Bytes of the length prefix.</summary>
    public const int HeaderSize = 4;

    /// <summary>
    /// The largest payload that is accepted, in bytes. It holds what a thousand processes may have in common with
    /// another one, a few hundred kernel objects each.
    /// </summary>
    public const int MaxPayload = 16 << 20;

    /// <summary>The largest payload accepted from a peer that has not proved that it knows the secret, in bytes.</summary>
    public const int MaxUnauthenticatedPayload = 1 << 10;

    /// <summary>Looks for one complete frame at the start of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">Bytes as received.</param>
    /// <param name="maxPayload">Cap in bytes.</param>
    /// <param name="payload">The payload inside <paramref name="buffer"/>.</param>
    /// <param name="consumed">Bytes of the frame with its prefix.</param>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="ProtocolException">The length is 0 or above the cap. Raised as soon as the prefix is there.</exception>
    public static bool TryParse(
        ReadOnlySpan<byte> buffer, int maxPayload, out ReadOnlySpan<byte> payload, out int consumed)
    {
        payload = default;
        consumed = 0;
        if (buffer.Length < HeaderSize)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(buffer);
        if (length == 0 || length > (uint)maxPayload)
        {
            throw new ProtocolException($"frame of {length} bytes; between 1 and {maxPayload} are allowed");
        }

        if ((uint)(buffer.Length - HeaderSize) < length)
        {
            return false;
        }

        payload = buffer.Slice(HeaderSize, (int)length);
        consumed = HeaderSize + (int)length;
        return true;
    }

    /// <summary>A frame with the given payload.</summary>
    /// <exception cref="ProtocolException">The payload is empty or above <see cref="MaxPayload"/>.</exception>
    public static byte[] Create(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || payload.Length > MaxPayload)
        {
            throw new ProtocolException($"payload of {payload.Length} bytes; between 1 and {MaxPayload} are allowed");
        }

        byte[] frame = new byte[HeaderSize + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        payload.CopyTo(frame.AsSpan(HeaderSize));
        return frame;
    }
}
