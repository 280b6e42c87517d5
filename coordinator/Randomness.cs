namespace Interpose.Coordinator;

/// <summary>Random bytes for secrets and nonces, from the kernel; the framework's own source needs OpenSSL.</summary>
public static class Randomness
{
    /// <summary>Random bytes, fit for secrets.</summary>
    /// <exception cref="IOException">The kernel's generator cannot be read.</exception>
    public static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        using FileStream source = new("/dev/urandom", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        source.ReadExactly(bytes);
        return bytes;
    }
}
