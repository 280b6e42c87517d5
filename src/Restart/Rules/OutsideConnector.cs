using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Interpose.Linux;

namespace Interpose.Restart.Rules;

/// <summary>New connections to the outside. A peer that does not answer costs <see cref="LimitMs"/> and no more.</summary>
internal static unsafe class OutsideConnector
{
    /// <summary>How long a peer may take to answer, ms.</summary>
    public const int LimitMs = 10_000;

    private const int UnixDomain = 1, Ipv4Domain = 2, Ipv6Domain = 10;
    private const int LongestPath = 108; // sun_path, unix(7)
    private const int EInProgress = 115, EAgain = 11, ETimedOut = 110;

    /// <summary>Connects to HOST:PORT, whichever of its addresses answers first in their order.</summary>
    /// <exception cref="ReplacementException">Nobody answers.</exception>
    public static int Internet(string host, int port, int type, string subject)
    {
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : Dns.GetHostAddresses(host);
        }
        catch (SocketException e)
        {
            throw new ReplacementException($"{subject}: the host {host} is not known: {e.Message}");
        }

        ReplacementException? last = null;
        foreach (IPAddress address in addresses)
        {
            try
            {
                return Connect(address.AddressFamily == AddressFamily.InterNetwork ? Ipv4Domain : Ipv6Domain, type, Bytes(address, port), subject);
            }
            catch (ReplacementException e)
            {
                last = e;
            }
        }

        throw last ?? new ReplacementException($"{subject}: the host {host} has no address");
    }

    /// <summary>Connects to a path, or to the @name of an abstract socket.</summary>
    /// <exception cref="ReplacementException">Nobody answers.</exception>
    public static int Unix(string name, int type, string subject)
    {
        byte[] path = Encoding.UTF8.GetBytes(name);
        if (path.Length >= LongestPath)
        {
            throw new ReplacementException($"{subject}: {name} is too long for the address of a socket ({LongestPath - 1} bytes)");
        }

        // An abstract name ends where the address ends; a path with a NUL (unix(7)).
        byte[] address = [UnixDomain, 0, .. path, .. name[0] == '@' ? Array.Empty<byte>() : [0]];
        if (name[0] == '@')
        {
            address[2] = 0;
        }

        return Connect(UnixDomain, type, address, subject);
    }

    /// <summary>Connects to a struct sockaddr.</summary>
    /// <exception cref="ReplacementException">Nobody answers, or it is refused.</exception>
    public static int Connect(int domain, int type, byte[] address, string subject)
    {
        int fd = (int)Sys.Call(
            subject, SyscallNumber.Socket, (ulong)domain, (ulong)(type | OpenFlags.CloseOnExec | OpenFlags.NonBlocking));
        long outcome;
        fixed (byte* p = address)
        {
            outcome = Sys.Try(SyscallNumber.Connect, (ulong)fd, (ulong)p, (ulong)address.Length);
        }

        if (outcome is -EInProgress or -EAgain)
        {
            outcome = outcome == -EAgain ? -EAgain : Await(fd);
        }

        if (outcome >= 0)
        {
            return fd;
        }

        Sys.Close(fd);
        string why = Marshal.GetPInvokeErrorMessage((int)-outcome);
        throw new ReplacementException(
            $"{subject}: no new connection to {Text(address)}: {why}; see that it is there, or choose another policy (docs/sockets.md)");
    }

    private static long Await(int fd)
    {
        const int writable = 4, solSocket = 1, soError = 4;
        int* request = stackalloc int[2] { fd, writable };
        if (Sys.Try(SyscallNumber.Poll, (ulong)request, 1, LimitMs) <= 0)
        {
            return -ETimedOut;
        }

        int error = 0, length = 4;
        Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, solSocket, soError, (ulong)&error, (ulong)&length);
        return -error;
    }

    private static byte[] Bytes(IPAddress address, int port)
    {
        const int portOffset = 2, offset4 = 4, offset6 = 8, scopeOffset = 24;
        bool isVersion4 = address.AddressFamily == AddressFamily.InterNetwork;
        byte[] bytes = new byte[isVersion4 ? 16 : 28];
        bytes[0] = (byte)(isVersion4 ? Ipv4Domain : Ipv6Domain);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(portOffset), (ushort)port);
        address.GetAddressBytes().CopyTo(bytes, isVersion4 ? offset4 : offset6);
        if (!isVersion4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(scopeOffset), (uint)address.ScopeId);
        }

        return bytes;
    }

    private static string Text(byte[] address) => Interpose.Resources.Outside.ObjectDescription.AddressText(address);
}
