using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>struct sockaddr as the kernel gives it (unix(7), ip(7), ipv6(7)).</summary>
internal readonly struct SocketAddress(byte[] bytes)
{
    public const int Unix = 1, Internet = 2, Internet6 = 10, Netlink = 16;
    private const int PathOffset = 2, PortOffset = 2, AddressOffset = 4, Address6Offset = 8, ScopeOffset = 24;

    private readonly byte[]? _bytes = bytes;

    public byte[] Bytes => _bytes ?? [];

    public int Family => Bytes.Length < 2 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(Bytes);

    /// <summary>A socket that has no name yet has a family only, or port 0.</summary>
    public bool IsBound => Family == Unix ? Bytes.Length > PathOffset
        : Family == Netlink ? Bytes.AsSpan(AddressOffset).ContainsAnyExcept((byte)0)
        : Bytes.Length > AddressOffset && Port != 0;

    public int Port => Bytes.Length < AddressOffset ? 0 : BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(PortOffset));

    /// <summary>The file of a unix socket; null for an abstract one, or none.</summary>
    public string? Path => Family == Unix && Bytes.Length > PathOffset && Bytes[PathOffset] != 0
        ? Encoding.UTF8.GetString(Bytes.AsSpan(PathOffset)).TrimEnd('\0')
        : null;

    /// <summary>The address as a socket of the other version of the protocol writes it.</summary>
    public byte[] ForDomain(int domain)
    {
        byte[] own = Bytes;
        if (domain == Internet && Family == Internet6 && own.Length >= ScopeOffset)
        {
            byte[] four = new byte[16];
            four[0] = Internet;
            own.AsSpan(PortOffset, 2).CopyTo(four.AsSpan(PortOffset));
            own.AsSpan(Address6Offset + 12, 4).CopyTo(four.AsSpan(AddressOffset));
            return four;
        }

        return [.. own];
    }

    /// <summary>The IP address, as IPv4 where it is one; null for others.</summary>
    public IPAddress? Host
    {
        get
        {
            IPAddress? host = Family == Internet ? new IPAddress(Bytes.AsSpan(AddressOffset, 4))
                : Family == Internet6 ? new IPAddress(Bytes.AsSpan(Address6Offset, 16))
                : null;
            return host is { IsIPv4MappedToIPv6: true } ? host.MapToIPv4() : host;
        }
    }

    /// <summary>The same port on all addresses of a machine.</summary>
    public byte[] Everywhere()
    {
        byte[] all = [.. Bytes];
        all.AsSpan(AddressOffset).Clear();
        return all;
    }

    public override string ToString() => Family switch
    {
        Unix => Path ?? (Bytes.Length > PathOffset ? "@" + Encoding.UTF8.GetString(Bytes.AsSpan(PathOffset + 1)) : "unnamed"),
        Internet => string.Create(
            CultureInfo.InvariantCulture, $"{new IPAddress(Bytes.AsSpan(AddressOffset, 4))}:{Port}"),
        Internet6 => string.Create(
            CultureInfo.InvariantCulture, $"[{new IPAddress(Bytes.AsSpan(Address6Offset, 16))}]:{Port}"),
        Netlink => string.Create(CultureInfo.InvariantCulture, $"netlink port {BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(AddressOffset))}"),
        _ => "unnamed",
    };

    /// <summary>Address and port alone, the same whether a socket speaks IPv6 or IPv4 (::ffff:1.2.3.4).</summary>
    public ulong Mark()
    {
        Span<byte> address = stackalloc byte[16];
        address.Clear();
        if (Family == Internet && Bytes.Length >= 8)
        {
            address[10] = address[11] = 0xff;
            Bytes.AsSpan(AddressOffset, 4).CopyTo(address[12..]);
        }
        else if (Family == Internet6 && Bytes.Length >= ScopeOffset)
        {
            Bytes.AsSpan(Address6Offset, 16).CopyTo(address);
        }

        return EndpointMark.Of(address, Port);
    }
}
