using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Interpose.Coordinator.Barrier;
using Interpose.Coordinator.Logging;
using Interpose.Coordinator.Storage;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;
using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator.Server;

/// <summary>The coordinator: accepts processes and commands, and walks the processes through the barrier.</summary>
public sealed class CoordinatorServer : IDisposable
{
    private const int Backlog = 1024;

    private static readonly TimeSpan s_roomLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    private readonly CoordinatorOptions _options;
    private readonly ILogger _logger;
    private readonly RefusalLog _refusals;
    private readonly Newcomers _newcomers;
    private readonly Socket _listener;
    private readonly EventLoop _loop;
    private readonly Computation _computation;
    private readonly HostService? _hostService;
    private readonly RequestHandler _requests;
    private readonly ConcurrentDictionary<PeerConnection, byte> _connections = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pendingRequests;
    private bool _ending;

    /// <summary>Binds the listening socket.</summary>
    /// <exception cref="SocketException">The address cannot be used.</exception>
    public CoordinatorServer(CoordinatorOptions options, ICheckpointStore store, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _refusals = new RefusalLog(logger, options.Time);
        _newcomers = new Newcomers(options.MaxNewcomers, s_roomLimit);
        _loop = new EventLoop(options.Time, logger);
        _hostService = Environment.IsPrivilegedProcess ? new HostService(logger) : null;
        _computation = new Computation(options, _loop, store, logger, _hostService);
        _computation.Abandoned += RequestStop;
        _computation.BecameIdle += LookWhetherIdle;
        _computation.SettingsChanged += () =>
            SettingsChanged?.Invoke(new CoordinatorSettings(
                _computation.Id, _computation.Root, _computation.Codec, _computation.Leaks, _computation.Interval));
        _computation.HostsChanged += () => HostsChanged?.Invoke(() => _computation.Hosts);
        _requests = new RequestHandler(_computation, () => Address!.ToString(), RequestStop);
        _listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // The framework sets SO_REUSEADDR by itself, so the port of a coordinator that died can be taken over. Its
            // ReuseAddress option must not be set: it means SO_REUSEPORT too, and two coordinators would share a port.
            _listener.Bind(options.Listen);
            _listener.Listen(Backlog);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }

        Address = (IPEndPoint)_listener.LocalEndPoint!;
    }

    /// <summary>Where it listens, with the port that the kernel chose.</summary>
    public IPEndPoint Address { get; }

    /// <summary>How many processes were connected when it ended.</summary>
    public int ProcessesLeft { get; private set; }

    /// <summary>
    /// The hosts that have processes, or that are waited for, have changed. Raised on the event loop; the argument tells
    /// which they are now, at any time.
    /// </summary>
    public event Action<Func<IReadOnlyList<string>>>? HostsChanged;

    /// <summary>What a launcher has to know has changed. Raised on the event loop.</summary>
    public event Action<CoordinatorSettings>? SettingsChanged;

    /// <summary>Serves until <see cref="RequestStop"/>, then ends in an orderly way.</summary>
    public async Task RunAsync()
    {
        _logger.Listening(Address.ToString(), _computation.Id);
        _loop.Post(_computation.Start);
        Task loop = Task.Run(_loop.RunAsync);
        Task accepting = AcceptAsync();
        await _stopRequested.Task.ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
        await accepting.ConfigureAwait(false);
        await loop.ConfigureAwait(false);
    }

    /// <summary>Serves a peer that comes another way than over TCP; ends with its connection.</summary>
    public async Task ServeAsync(ITransport transport)
    {
        await _newcomers.MakeRoomAsync(_stopping.Token).ConfigureAwait(false);
        var connection = new PeerConnection(transport);
        await ServeAsync(connection, _newcomers.Enter(connection)).ConfigureAwait(false);
    }

    /// <summary>Asks the coordinator to end: gives up a checkpoint in progress and lets the processes go on.</summary>
    public void RequestStop(string reason)
    {
        if (_stopRequested.TrySetResult())
        {
            _logger.Ending(reason);
        }
    }

    /// <summary>Answers a request of the console, exactly as one that came over the network.</summary>
    public Task<ResponseMessage> RequestAsync<T>(string verb, T arguments)
        where T : IRecord<T> =>
        _requests.HandleAsync(new RequestMessage(0, verb, MessageCodec.ToBytes(arguments)));

    /// <summary>Answers a request that has no arguments.</summary>
    public Task<ResponseMessage> RequestAsync(string verb) =>
        _requests.HandleAsync(new RequestMessage(0, verb, RawField.Empty));

    /// <inheritdoc/>
    public void Dispose()
    {
        _hostService?.Dispose();
        _listener.Dispose();
        _newcomers.Dispose();
        _stopping.Dispose();
    }

    private static bool IsConnectionError(Exception e) =>
        e is SocketException or ObjectDisposedException or OperationCanceledException;

    private async Task StopAsync()
    {
        _loop.Post(GiveUpAndBecomeIdle);
        await _idle.Task.ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        foreach (PeerConnection connection in _connections.Keys)
        {
            connection.FinishSending();
        }

        Task flushed = Task.WhenAll(_connections.Keys.Select(c => c.Sending));
        await Task.WhenAny(flushed, Task.Delay(FlushLimit, CancellationToken.None)).ConfigureAwait(false);
        foreach (PeerConnection connection in _connections.Keys)
        {
            connection.Close();
        }

        _loop.Stop();
    }

    private void GiveUpAndBecomeIdle()
    {
        _ending = true;
        ProcessesLeft = _computation.Members.Count;
        _loop.After(_options.Phases.AbortLimit + FlushLimit, () => _idle.TrySetResult());
        _computation.GiveUp("the coordinator was told to end");
        LookWhetherIdle();
    }

    // On the event loop, whenever an operation or a request is over.
    private void LookWhetherIdle()
    {
        if (_ending && !_computation.IsBusy && Volatile.Read(ref _pendingRequests) == 0)
        {
            _idle.TrySetResult();
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _newcomers.MakeRoomAsync(_stopping.Token).ConfigureAwait(false);
                Socket socket = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                var connection = new PeerConnection(new SocketTransport(socket));
                _ = ServeAsync(connection, _newcomers.Enter(connection));
            }
            catch (SocketException e) when (!_stopping.IsCancellationRequested)
            {
                _newcomers.Cancel();

                // Out of descriptors, or a peer that was gone before it was accepted: the next one may do better.
                _refusals.Refused("unknown peer", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (IsConnectionError(e))
            {
                return;
            }
        }
    }

    private async Task ServeAsync(PeerConnection connection, LinkedListNode<PeerConnection> place)
    {
        _connections.TryAdd(connection, 0);
        string name = connection.Name;
        try
        {
            using var limit = new CancellationTokenSource(Handshake.Limit, _options.Time);
            ConnectionRole? role = await AuthenticateAsync(connection, limit.Token).ConfigureAwait(false);
            _newcomers.Leave(place);
            if (role == ConnectionRole.Process)
            {
                await ServeProcessAsync(connection, limit.Token).ConfigureAwait(false);
            }
            else if (role == ConnectionRole.Client)
            {
                await ServeClientAsync(connection).ConfigureAwait(false);
            }
        }
        catch (ProtocolException e)
        {
            _refusals.Refused(name, e.Message);
        }
        catch (OperationCanceledException)
        {
            _refusals.Refused(name, "the handshake took too long");
        }
        catch (Exception e) when (IsConnectionError(e))
        {
            // The peer is gone; whoever waited for it was told by its own path.
        }
        finally
        {
            connection.Close();
            _newcomers.Leave(place);
            _connections.TryRemove(connection, out _);
        }
    }

    private async Task<ConnectionRole?> AuthenticateAsync(PeerConnection connection, CancellationToken limit)
    {
        byte[] nonce = Randomness.Bytes(Handshake.NonceSize);
        connection.Send(new ChallengeMessage(ProtocolVersion.Current, nonce));
        if (await connection.ReceiveAsync(limit).ConfigureAwait(false) is not { } payload)
        {
            return null;
        }

        AuthMessage auth = MessageCodec.Read<AuthMessage>(payload);
        if (Handshake.Check(_options.Secret, nonce, auth) is { } refusal)
        {
            _refusals.Refused(connection.Name, refusal);
            connection.Send(new RefuseMessage(refusal));
            connection.FinishSending();
            await connection.Sending.ConfigureAwait(false);

            // Closing with unread input would reset the connection and take the reason with it.
            await connection.ReceiveAsync(limit).ConfigureAwait(false);
            return null;
        }

        connection.Send(Handshake.Accept(_options.Secret, nonce, auth.Nonce));
        connection.Trust(SessionKeys.Derive(_options.Secret, nonce, auth.Nonce));
        return auth.Role;
    }

    private async Task ServeProcessAsync(PeerConnection connection, CancellationToken limit)
    {
        if (await connection.ReceiveAsync(limit).ConfigureAwait(false) is not { } first)
        {
            return;
        }

        var member = new Member(connection, MessageCodec.Read<HelloMessage>(first), _options.Time.GetUtcNow());
        _loop.Post(() => _computation.Join(member));
        try
        {
            while (await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false) is { } payload)
            {
                Dispatch(member, payload);
            }
        }
        catch (ProtocolException e)
        {
            _logger.Dropped(member.Name, e.Message);
        }
        finally
        {
            // Closed before the computation hears of it, so that nothing is sent to it any more.
            connection.Close();
            _loop.Post(() => _computation.Leave(member));
        }
    }

    private void Dispatch(Member member, byte[] payload)
    {
        MessageType type = MessageCodec.PeekType(payload);
        switch (type)
        {
            case MessageType.PhaseDone:
                PhaseDoneMessage done = MessageCodec.Read<PhaseDoneMessage>(payload);
                _loop.Post(() => _computation.PhaseDone(member, done));
                break;
            case MessageType.Failed:
                FailedMessage failed = MessageCodec.Read<FailedMessage>(payload);
                _loop.Post(() => _computation.Failed(member, failed));
                break;
            case MessageType.CheckpointWanted:
                _loop.Post(() => _ = _computation.CheckpointForAsync(member));
                break;
            case MessageType.Aborted:
                AbortedMessage aborted = MessageCodec.Read<AbortedMessage>(payload);
                _loop.Post(() => _computation.Aborted(member, aborted));
                break;
            default:
                throw new ProtocolException($"message {type} is not for a process to send");
        }
    }

    private async Task ServeClientAsync(PeerConnection connection)
    {
        while (await connection.ReceiveAsync(CancellationToken.None).ConfigureAwait(false) is { } payload)
        {
            RequestMessage request = MessageCodec.Read<RequestMessage>(payload);
            Interlocked.Increment(ref _pendingRequests);
            try
            {
                connection.Send(await _requests.HandleAsync(request).ConfigureAwait(false));
            }
            finally
            {
                Interlocked.Decrement(ref _pendingRequests);
                _loop.Post(LookWhetherIdle);
            }
        }
    }
}
