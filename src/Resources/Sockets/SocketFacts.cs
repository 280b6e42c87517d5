using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>What getsockopt and getsockname say of a socket.</summary>
internal sealed unsafe class SocketFacts
{
    private const int SolSocket = 1, SoType = 3, SoAcceptConn = 30, SoProtocol = 38, SoDomain = 39;

    public SocketFacts(int fd)
    {
        Domain = Option(fd, SoDomain);
        Type = Option(fd, SoType);
        Protocol = Option(fd, SoProtocol);
        IsListening = Option(fd, SoAcceptConn) != 0;
        LocalAddress = Name(fd, SyscallNumber.Getsockname) ?? [];
        IsConnected = Name(fd, SyscallNumber.Getpeername) is not null;
    }

    public int Domain { get; }

    public int Type { get; }

    public int Protocol { get; }

    public bool IsListening { get; }

    public bool IsConnected { get; }

    /// <summary>struct sockaddr as the kernel gives it; its family only, when the socket is not bound.</summary>
    public byte[] LocalAddress { get; }

    private static int Option(int fd, int name)
    {
        int value = 0, length = 4;
        Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, SolSocket, (ulong)name, (ulong)&value, (ulong)&length);
        return value;
    }

    private static byte[]? Name(int fd, SyscallNumber call)
    {
        byte* address = stackalloc byte[128];
        int length = 128;
        return Sys.Try(call, (ulong)fd, (ulong)address, (ulong)&length) < 0
            ? null
            : new ReadOnlySpan<byte>(address, Math.Min(length, 128)).ToArray();
    }
}
