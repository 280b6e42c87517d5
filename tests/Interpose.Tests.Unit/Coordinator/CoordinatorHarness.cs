using Interpose.Coordinator;
using Interpose.Coordinator.Server;
using Interpose.Coordinator.Storage;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>A coordinator on a port of its own with a clock of the test's.</summary>
internal sealed class CoordinatorHarness : IAsyncDisposable
{
    public const string Computation = "test-computation";

    private readonly CoordinatorServer _server;
    private readonly Task _running;
    private readonly System.Collections.Concurrent.ConcurrentQueue<IDisposable> _peers = [];

    public CoordinatorHarness(
        Func<CoordinatorOptions, CoordinatorOptions>? configure = null, ICheckpointStore? store = null)
    {
        Root = System.IO.Directory.CreateTempSubdirectory("interpose-test-").FullName;
        Options = new CoordinatorOptions
        {
            Secret = Secret,
            Computation = Computation,
            CheckpointRoot = Root,
            Time = Time,
            FindLeaks = _ => [], // the processes are not real
        };
        Options = configure?.Invoke(Options) ?? Options;
        _server = new CoordinatorServer(Options, store ?? new CheckpointDirectories(), Log);
        _running = _server.RunAsync();
    }

    public static byte[] Secret { get; } = [.. Enumerable.Repeat((byte)5, Handshake.SecretSize)];

    public RecordingLogger Log { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public CoordinatorOptions Options { get; }

    public string Root { get; }

    public System.Net.IPEndPoint Address => _server.Address;

    /// <summary>Ends when the coordinator has ended.</summary>
    public Task Ended => _running.WaitAsync(TimeSpan.FromSeconds(30));

    public string DirectoryOf(ulong epoch, string computation = Computation) =>
        Path.Combine(Root, computation, CheckpointLayout.EpochName(epoch));

    public bool HasManifest(ulong epoch) => File.Exists(Path.Combine(DirectoryOf(epoch), Manifest.FileName));

    /// <summary>A process that has joined, as a status report shows.</summary>
    public async Task<FakeProcess> JoinAsync(
        int pid, bool restored = false, ulong epoch = 0, string executable = "/bin/fake", string? host = null)
    {
        FakePeer peer = await FakePeer.AuthenticatedAsync(Address, Secret, ConnectionRole.Process);
        var process = new FakeProcess(peer, pid);
        _peers.Enqueue(process);
        await peer.SendAsync(FakeProcess.Hello(pid, restored, epoch) with
        {
            Executable = executable,
            Host = host ?? Environment.MachineName,
        });
        await UntilAsync(status => status.Processes.Any(p => p.Pid == pid));
        return process;
    }

    /// <summary>Waits until a report says so.</summary>
    public async Task UntilAsync(Func<StatusReply, bool> condition)
    {
        // The report travels on another connection than what it reports, so it may come first.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition(await StatusAsync()))
        {
            await Task.Yield();
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    public async Task<StatusReply> StatusAsync() =>
        MessageCodec.ReadRecord<StatusReply>((await _server.RequestAsync(Verb.Status)).Payload);

    public Task<ResponseMessage> RequestAsync<T>(string verb, T arguments)
        where T : IRecord<T> =>
        _server.RequestAsync(verb, arguments).WaitAsync(TimeSpan.FromSeconds(30));

    public Task<ResponseMessage> CheckpointAsync(
        bool wait = true, bool stop = false, TimeSpan timeout = default, bool allowUnmanaged = false) =>
        RequestAsync(Verb.Checkpoint, new CheckpointArguments(wait, stop, (ulong)timeout.TotalMilliseconds, allowUnmanaged));

    /// <summary>The coordinator has looked at a message that made no sense to it.</summary>
    public Task IgnoredAsync() => Log.NextAsync("Ignored");

    public void RequestStop() => _server.RequestStop("the test says so");

    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable peer in _peers)
        {
            peer.Dispose();
        }

        _server.RequestStop("the test is over");
        Time.Advance(TimeSpan.FromHours(2));
        await Ended;
        _server.Dispose();
        System.IO.Directory.Delete(Root, recursive: true);
    }
}
