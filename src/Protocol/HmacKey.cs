namespace Interpose.Protocol;

/// <summary>A key for many MACs (HMAC, RFC 2104, over <see cref="Sha256"/>): what depends on the key alone is computed once.</summary>
public sealed class HmacKey
{
    private readonly uint[] _inner = Sha256.InitialState();
    private readonly uint[] _outer = Sha256.InitialState();

    /// <param name="key">At most <see cref="Sha256.BlockSize"/> bytes.</param>
    public HmacKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, Sha256.BlockSize);
        Span<byte> inner = stackalloc byte[Sha256.BlockSize];
        Span<byte> outer = stackalloc byte[Sha256.BlockSize];
        for (int i = 0; i < Sha256.BlockSize; i++)
        {
            byte k = i < key.Length ? key[i] : (byte)0;
            inner[i] = (byte)(k ^ 0x36);
            outer[i] = (byte)(k ^ 0x5c);
        }

        Sha256.Compress(_inner, inner);
        Sha256.Compress(_outer, outer);
    }

    /// <summary>The MAC of <paramref name="data"/>, into <paramref name="mac"/> of <see cref="Sha256.Size"/> bytes.</summary>
    public void Compute(ReadOnlySpan<byte> data, Span<byte> mac)
    {
        Span<byte> digest = stackalloc byte[Sha256.Size];
        Sha256.Finish(_inner, data, digest);
        Sha256.Finish(_outer, digest, mac);
    }
}
