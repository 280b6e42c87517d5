using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Interpose.Images;

/// <summary>The two checksums of the image format, both built from CRC-32C (Castagnoli).</summary>
public static class Crc32C
{
    private const int Lanes = 4;
    private const int Stride = Lanes * sizeof(ulong);

    /// <summary>Plain CRC-32C: initial value and final inversion all ones. "123456789" gives 0xE3069283.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => ~Append(uint.MaxValue, data);

    /// <summary>Continues a running CRC-32C, without the inversions.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        int words = data.Length / sizeof(ulong) * sizeof(ulong);
        for (int i = 0; i < words; i += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data[i..]));
        }

        foreach (byte b in data[words..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return crc;
    }

    /// <summary>
    /// The checksum of page data (ip_crc32c_x4): four CRC-32C lanes over every fourth 64-bit word, so that the
    /// processor's three-cycle CRC instruction never waits for itself; then the CRC-32C of the four lane values and of
    /// the bytes that did not fill a round.
    /// </summary>
    public static uint ComputeInterleaved(ReadOnlySpan<byte> data)
    {
        uint a = uint.MaxValue, b = a, c = a, d = a;
        int rounds = data.Length / Stride * Stride;

        // Images are little endian and so is every machine that reads them here.
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data[..rounds]);
        for (int i = 0; i + Lanes <= words.Length; i += Lanes)
        {
            a = BitOperations.Crc32C(a, words[i]);
            b = BitOperations.Crc32C(b, words[i + 1]);
            c = BitOperations.Crc32C(c, words[i + 2]);
            d = BitOperations.Crc32C(d, words[i + 3]);
        }

        Span<byte> lanes = stackalloc byte[Lanes * sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(lanes, a);
        BinaryPrimitives.WriteUInt32LittleEndian(lanes[4..], b);
        BinaryPrimitives.WriteUInt32LittleEndian(lanes[8..], c);
        BinaryPrimitives.WriteUInt32LittleEndian(lanes[12..], d);
        return ~Append(Append(uint.MaxValue, lanes), data[rounds..]);
    }
}
