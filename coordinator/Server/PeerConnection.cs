using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Interpose.Protocol;
using Interpose.Protocol.Wire;

namespace Interpose.Coordinator.Server;

/// <summary>One TCP connection: receives frames, and sends them in order without ever blocking the caller.</summary>
public sealed class PeerConnection : IDisposable
{
    // A peer that does not read must not make the coordinator hold an unbounded amount for it.
    private const int MaxQueuedFrames = 1024;

    private readonly Socket _socket;
    private readonly FrameBuffer _buffer = new();
    private readonly Channel<byte[]> _outgoing =
        Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxQueuedFrames) { SingleReader = true });

    private int _closed;

    /// <summary>Takes the socket over.</summary>
    public PeerConnection(Socket socket)
    {
        _socket = socket;
        _socket.NoDelay = true;
        Remote = socket.RemoteEndPoint as IPEndPoint;
        Local = socket.LocalEndPoint as IPEndPoint;
        Name = Remote?.ToString() ?? "unknown peer";
        Sending = SendLoopAsync();
    }

    /// <summary>The peer's address, for messages.</summary>
    public string Name { get; }

    /// <summary>The peer's end; null when the connection was gone before it could be asked for.</summary>
    public IPEndPoint? Remote { get; }

    /// <summary>Our end.</summary>
    public IPEndPoint? Local { get; }

    /// <summary>Ends when everything queued was sent after <see cref="FinishSending"/>, or the connection broke.</summary>
    public Task Sending { get; }

    /// <summary>Raises the cap on frames; the peer has proved that it knows the secret.</summary>
    public void Trust() => _buffer.MaxPayload = Frame.MaxPayload;

    /// <summary>The next frame's payload, or null when the peer closed the connection.</summary>
    /// <exception cref="ProtocolException">A frame of forbidden length, or the connection ended inside a frame.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_buffer.TryTake(out byte[] payload))
            {
                return payload;
            }

            int count = await _socket.ReceiveAsync(_buffer.GetSpace(), SocketFlags.None, cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                return _buffer.HasPending ? throw new ProtocolException("the connection ended inside a frame") : null;
            }

            _buffer.Advance(count);
        }
    }

    /// <summary>Queues a message. Nothing happens when the connection is closed.</summary>
    public void Send<T>(T message)
        where T : IMessage<T>
    {
        if (!_outgoing.Writer.TryWrite(MessageCodec.ToFrame(message)) && Volatile.Read(ref _closed) == 0)
        {
            Close();
        }
    }

    /// <summary>Nothing more will be sent; the connection is closed once everything queued is out.</summary>
    public void FinishSending() => _outgoing.Writer.TryComplete();

    /// <summary>Closes at once. A receive in progress ends with an error.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _outgoing.Writer.TryComplete();
            _socket.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private async Task SendLoopAsync()
    {
        try
        {
            await foreach (byte[] frame in _outgoing.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                for (int sent = 0; sent < frame.Length;)
                {
                    sent += await _socket.SendAsync(frame.AsMemory(sent), SocketFlags.None).ConfigureAwait(false);
                }
            }

            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The receiving side sees the same and reports it.
            Close();
        }
    }
}
