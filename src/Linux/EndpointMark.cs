using System.Buffers.Binary;

namespace Interpose.Linux;

/// <summary>Address and port as one number: the same on every host, and whether a socket speaks IPv6 or IPv4 (::ffff:1.2.3.4).</summary>
public static class EndpointMark
{
    private const int AddressSize = 16, PortSize = 2;

    /// <param name="address">An IPv6 address, or an IPv4 address mapped into one; empty: none.</param>
    /// <param name="port">A TCP or UDP port.</param>
    public static ulong Of(ReadOnlySpan<byte> address, int port)
    {
        Span<byte> data = stackalloc byte[PortSize + AddressSize];
        data.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(data, (ushort)port);
        address.CopyTo(data[PortSize..]);

        // FNV-1a: of two connections with the same mark only one could exist in practice, and both ends must agree.
        ulong hash = 14695981039346656037;
        foreach (byte b in data)
        {
            hash = (hash ^ b) * 1099511628211;
        }

        return hash;
    }
}
