using System.Net;
using System.Net.Sockets;

namespace Interpose.Coordinator.Server;

/// <summary>A TCP connection.</summary>
internal sealed class SocketTransport : ITransport
{
    private const int KeepAliveSeconds = 30;
    private const int KeepAliveProbes = 3;

    private readonly Socket _socket;

    /// <summary>Takes the socket over.</summary>
    public SocketTransport(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true;

        // A host that is cut off says nothing any more, and must not be a member for ever.
        _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
        _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds / KeepAliveProbes);
        _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
        Remote = socket.RemoteEndPoint as IPEndPoint;
        Local = socket.LocalEndPoint as IPEndPoint;
    }

    /// <inheritdoc/>
    public string Name => Remote?.ToString() ?? "unknown peer";

    /// <inheritdoc/>
    public IPEndPoint? Remote { get; }

    /// <inheritdoc/>
    public IPEndPoint? Local { get; }

    /// <inheritdoc/>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        _socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);

    /// <inheritdoc/>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
        }
    }

    /// <inheritdoc/>
    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
