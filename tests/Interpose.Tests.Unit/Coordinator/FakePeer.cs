using System.Net;
using System.Net.Sockets;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>The other end of a coordinator's connection, over real TCP, doing exactly what a test says.</summary>
internal sealed class FakePeer : IDisposable
{
    // Not a wait for something to happen: it only keeps a failing test from hanging.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly FrameBuffer _buffer = new() { MaxPayload = Frame.MaxPayload };
    private FrameSealer? _sealer;

    /// <summary>Bytes that have arrived but were not asked for.</summary>
    public bool HasInput => _socket.Available > 0 || _buffer.HasPending;

    public static async Task<FakePeer> ConnectAsync(IPEndPoint address)
    {
        var peer = new FakePeer();
        await peer._socket.ConnectAsync(address);
        return peer;
    }

    public static async Task<FakePeer> AuthenticatedAsync(IPEndPoint address, byte[] secret, ConnectionRole role)
    {
        FakePeer peer = await ConnectAsync(address);
        ChallengeMessage challenge = await peer.ExpectAsync<ChallengeMessage>();
        byte[] nonce = new byte[Handshake.NonceSize];
        await peer.SendAsync(Handshake.Answer(secret, challenge, role, nonce));
        AcceptMessage accept = await peer.ExpectAsync<AcceptMessage>();
        Assert.True(Handshake.IsAccepted(secret, challenge.Nonce, nonce, accept));
        SessionKeys keys = SessionKeys.Derive(secret, challenge.Nonce, nonce);
        peer._buffer.Opener = new FrameOpener(keys.ToClient);
        peer._sealer = new FrameSealer(keys.ToServer);
        return peer;
    }

    public Task SendAsync<T>(T message)
        where T : IMessage<T> =>
        SendRawAsync(Wrap(message));

    /// <summary>The next message as it goes on the wire.</summary>
    public byte[] Wrap<T>(T message)
        where T : IMessage<T> =>
        _sealer?.Seal(MessageCodec.ToFrame(message)) ?? MessageCodec.ToFrame(message);

    public async Task SendRawAsync(byte[] bytes) => await _socket.SendAsync(bytes);

    /// <summary>The next message, which must be of this type.</summary>
    public async Task<T> ExpectAsync<T>()
        where T : IMessage<T>
    {
        byte[] payload = await ReceiveAsync() ?? throw new InvalidOperationException($"{T.Type} expected, the connection was closed");
        return MessageCodec.Read<T>(payload);
    }

    /// <summary>Nothing more comes, and the connection is closed.</summary>
    public async Task ExpectCloseAsync() => Assert.Null(await ReceiveAsync());

    public void Dispose() => _socket.Dispose();

    /// <summary>The next message, whatever it is; null when the connection is closed.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        byte[] payload;
        while (!_buffer.TryTake(out payload))
        {
            int count;
            try
            {
                count = await _socket.ReceiveAsync(_buffer.GetSpace(), limit.Token);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                count = 0;
            }

            if (count == 0)
            {
                return null;
            }

            _buffer.Advance(count);
        }

        return payload;
    }
}
