using System.Net;
using System.Net.Sockets;

namespace Interpose.Coordinator.Server;

/// <summary>A stream of bytes in both directions, to one peer.</summary>
public interface ITransport : IDisposable
{
    /// <summary>The peer, for messages.</summary>
    string Name { get; }

    /// <summary>The peer's end of a TCP connection; null: it is none, or was gone before it could be asked for.</summary>
    IPEndPoint? Remote => null;

    /// <summary>Our end.</summary>
    IPEndPoint? Local => null;

    /// <summary>Receives some bytes; 0 when the peer has closed its end.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here meanwhile.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>Sends all bytes.</summary>
    /// <exception cref="SocketException">The connection broke.</exception>
    /// <exception cref="ObjectDisposedException">It was closed here meanwhile.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Nothing more will be sent.</summary>
    void FinishSending();
}
