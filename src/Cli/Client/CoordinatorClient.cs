using System.Net.Sockets;
using Interpose.Cli.State;
using Interpose.Coordinator;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;

namespace Interpose.Cli.Client;

/// <summary>A connection of a command to a coordinator. Blocking: a command has nothing else to do.</summary>
internal sealed class CoordinatorClient : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly FrameBuffer _buffer = new();
    private readonly string _address;
    private FrameSealer? _sealer;
    private uint _lastId;

    private CoordinatorClient(Socket socket, string address)
    {
        _socket = socket;
        _address = address;
    }

    /// <summary>Connects and proves knowledge of the secret.</summary>
    /// <exception cref="CliException">Nobody answers there, or not the coordinator that was meant.</exception>
    public static CoordinatorClient Connect(CoordinatorRecord coordinator)
    {
        string address = coordinator.Address();
        Socket? socket = null;
        try
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            // A coordinator on a busy machine is slow, not dead; one that is dead refuses at once.
            SetLimit(socket, AnswerLimit);
            socket.Connect(coordinator.Host, coordinator.Port);
            var client = new CoordinatorClient(socket, address);
            client.Authenticate(CoordinatorLocator.ParseSecret(coordinator.Secret));
            return client;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new CliException(
                ExitCode.NoCoordinator,
                $"no coordinator answers at {address}: {e.Message}; start one with 'interpose coordinator', or name another with --coordinator");
        }
        catch (ProtocolException e)
        {
            socket?.Dispose();
            throw new CliException(ExitCode.NoCoordinator, $"what answers at {address} is not the coordinator: {e.Message}");
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <param name="verb">The request.</param>
    /// <param name="arguments">Its record.</param>
    /// <param name="limit">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <exception cref="CliException">The coordinator went away or did not answer in time.</exception>
    public ResponseMessage Request<T>(string verb, T arguments, TimeSpan limit)
        where T : IRecord<T> =>
        Exchange(verb, MessageCodec.ToBytes(arguments), limit);

    /// <summary>Sends a request, waits for an answer that comes at once, and fails when it is a refusal.</summary>
    /// <exception cref="CliException">The request was refused; the coordinator's message and code.</exception>
    public ResponseMessage Require<T>(string verb, T arguments)
        where T : IRecord<T> =>
        Checked(Request(verb, arguments, AnswerLimit));

    /// <summary>The same for a request without arguments.</summary>
    public ResponseMessage Require(string verb) => Checked(Exchange(verb, RawField.Empty, AnswerLimit));

    /// <summary>Turns an answer that is a refusal into an exception.</summary>
    public static ResponseMessage Checked(ResponseMessage response) =>
        response.Code == ExitCode.Ok ? response : throw new CliException(response.Code, response.Message);

    /// <summary>Waits until the coordinator closes the connection, as it does when it ends.</summary>
    public void WaitForEnd()
    {
        SetLimit(_socket, AnswerLimit);
        try
        {
            while (_socket.Receive(_buffer.GetSpace().Span) > 0)
            {
                // Nothing more is expected.
            }
        }
        catch (SocketException)
        {
            // Closed the hard way, which is the end as well.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static void SetLimit(Socket socket, TimeSpan limit)
    {
        int milliseconds = limit == Timeout.InfiniteTimeSpan ? 0 : (int)Math.Clamp(limit.TotalMilliseconds, 1, int.MaxValue);
        socket.ReceiveTimeout = milliseconds;
        socket.SendTimeout = milliseconds;
    }

    private void Authenticate(byte[] secret)
    {
        ChallengeMessage challenge = MessageCodec.Read<ChallengeMessage>(Receive());
        byte[] nonce = Randomness.Bytes(Handshake.NonceSize);
        Send(MessageCodec.ToFrame(Handshake.Answer(secret, challenge, ConnectionRole.Client, nonce)));
        byte[] answer = Receive();
        if (MessageCodec.PeekType(answer) == MessageType.Refuse)
        {
            throw new CliException(
                ExitCode.NoCoordinator,
                $"the coordinator at {_address} refuses: {MessageCodec.Read<RefuseMessage>(answer).Reason}");
        }

        if (!Handshake.IsAccepted(secret, challenge.Nonce, nonce, MessageCodec.Read<AcceptMessage>(answer)))
        {
            throw new ProtocolException("it does not know the secret");
        }

        SessionKeys keys = SessionKeys.Derive(secret, challenge.Nonce, nonce);
        _buffer.MaxPayload = Frame.MaxPayload;
        _buffer.Opener = new FrameOpener(keys.ToClient);
        _sealer = new FrameSealer(keys.ToServer);
    }

    private ResponseMessage Exchange(string verb, ReadOnlyMemory<byte> arguments, TimeSpan limit)
    {
        SetLimit(_socket, limit);
        uint id = ++_lastId;
        try
        {
            Send(MessageCodec.ToFrame(new RequestMessage(id, verb, arguments)));
            while (true)
            {
                ResponseMessage response = MessageCodec.Read<ResponseMessage>(Receive());
                if (response.Id == id)
                {
                    return response;
                }
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new CliException(
                ExitCode.Timeout, $"the coordinator at {_address} did not answer '{verb}' within {limit.TotalSeconds:0.#} s");
        }
        catch (SocketException e)
        {
            throw new CliException(ExitCode.NoCoordinator, $"lost the coordinator at {_address} during '{verb}': {e.Message}");
        }
        catch (ProtocolException e)
        {
            throw new CliException(ExitCode.NoCoordinator, $"lost the coordinator at {_address} during '{verb}': {e.Message}");
        }
    }

    private void Send(byte[] plain)
    {
        ReadOnlySpan<byte> frame = _sealer?.Seal(plain) ?? plain;
        while (!frame.IsEmpty)
        {
            frame = frame[_socket.Send(frame)..];
        }
    }

    private byte[] Receive()
    {
        byte[] payload;
        while (!_buffer.TryTake(out payload))
        {
            int count = _socket.Receive(_buffer.GetSpace().Span);
            if (count == 0)
            {
                throw new ProtocolException("the connection was closed");
            }

            _buffer.Advance(count);
        }

        return payload;
    }
}
