using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Interpose.Protocol;
using Interpose.Protocol.Wire;

namespace Interpose.Coordinator.Server;

/// <summary>One connection: receives frames, and sends them in order without ever blocking the caller.</summary>
public sealed class PeerConnection : IDisposable
{
    // A peer that does not read must not make the coordinator hold an unbounded amount for it.
    private const int MaxQueuedFrames = 1024;

    private readonly ITransport _transport;
    private readonly FrameBuffer _buffer = new();
    private readonly Channel<OutgoingFrame> _outgoing =
        Channel.CreateBounded<OutgoingFrame>(new BoundedChannelOptions(MaxQueuedFrames) { SingleReader = true });

    private FrameSealer? _sealer;
    private int _closed;

    /// <summary>Takes the transport over.</summary>
    public PeerConnection(ITransport transport)
    {
        _transport = transport;
        Sending = SendLoopAsync();
    }

    /// <summary>The peer's address, for messages.</summary>
    public string Name => _transport.Name;

    /// <inheritdoc cref="ITransport.Remote"/>
    public IPEndPoint? Remote => _transport.Remote;

    /// <inheritdoc cref="ITransport.Local"/>
    public IPEndPoint? Local => _transport.Local;

    /// <summary>Ends when everything queued was sent after <see cref="FinishSending"/>, or the connection broke.</summary>
    public Task Sending { get; }

    /// <summary>
    /// The peer has proved that it knows the secret, and so have we, by the last message: from here on frames are sealed, and
    /// may be large.
    /// </summary>
    public void Trust(SessionKeys keys)
    {
        _buffer.MaxPayload = Frame.MaxPayload;
        _buffer.Opener = new FrameOpener(keys.ToServer);
        _sealer = new FrameSealer(keys.ToClient);
    }

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

            int count = await _transport.ReceiveAsync(_buffer.GetSpace(), cancellation).ConfigureAwait(false);
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
        if (!_outgoing.Writer.TryWrite(new OutgoingFrame(MessageCodec.ToFrame(message), _sealer)) && Volatile.Read(ref _closed) == 0)
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
            _transport.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private async Task SendLoopAsync()
    {
        try
        {
            await foreach (OutgoingFrame next in _outgoing.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                // Sealed here, where one comes after the other.
                byte[] frame = next.Sealer?.Seal(next.Plain) ?? next.Plain;
                await _transport.SendAsync(frame).ConfigureAwait(false);
            }

            _transport.FinishSending();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The receiving side sees the same and reports it.
            Close();
        }
    }
}
