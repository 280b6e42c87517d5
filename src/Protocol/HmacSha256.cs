using System.Runtime.CompilerServices;

namespace Interpose.Protocol;

/// <summary>HMAC (RFC 2104) over <see cref="Sha256"/>.</summary>
public static class HmacSha256
{
    /// <summary>The MAC of <paramref name="data"/> under <paramref name="key"/>.</summary>
    public static byte[] Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        Span<byte> block = stackalloc byte[Sha256.BlockSize];
        block.Clear();
        if (key.Length > Sha256.BlockSize)
        {
            Sha256.Hash(key).CopyTo(block);
        }
        else
        {
            key.CopyTo(block);
        }

        byte[] inner = new byte[Sha256.BlockSize + data.Length];
        byte[] outer = new byte[Sha256.BlockSize + Sha256.Size];
        for (int i = 0; i < Sha256.BlockSize; i++)
        {
            inner[i] = (byte)(block[i] ^ 0x36);
            outer[i] = (byte)(block[i] ^ 0x5c);
        }

        data.CopyTo(inner.AsSpan(Sha256.BlockSize));
        Sha256.Hash(inner).CopyTo(outer.AsSpan(Sha256.BlockSize));
        return Sha256.Hash(outer);
    }

    /// <summary>Compares in a time that does not depend on where two MACs differ.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static bool Equal(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        int difference = 0;
        for (int i = 0; i < left.Length; i++)
        {
            difference |= left[i] ^ right[i];
        }

        return difference == 0;
    }
}
