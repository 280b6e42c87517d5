using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Interpose.Agent.Abi;
using Interpose.Agent.Collect;
using Interpose.Agent.Collect.Ipc;
using Interpose.Images.Checkpoints;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Resources;
using Interpose.Resources.Sharing;
using Interpose.Resources.Sockets;

namespace Interpose.Agent;

/// <summary>One checkpoint of this process, from the suspension of its threads to the end of its twin.</summary>
internal sealed unsafe class Checkpoint
{
    private const ulong SuspendLimitMs = 5000;
    private const ulong PreparationLimitMs = 2000;
    private const int NoTwin = 0;
    private const int ETimedOut = 110;
    private const int SignalKill = 9;
    private const int WaitClone = unchecked((int)0x80000000); // __WCLONE, wait(2)
    private const int MaxWorkers = 8;
    private static readonly ulong s_pageSize = (ulong)Environment.SystemPageSize;

    private readonly NativeApi* _api;
    private readonly Connection _connection;
    private readonly CheckpointMessage _request;
    private readonly HostService _service;
    private readonly string _imagePath;
    private readonly int _pid = (int)Sys.Try(SyscallNumber.Getpid);
    private readonly NativeWriteResult* _result;
    private AdvisedMap? _map;
    private StoppedChildren? _stoppedChildren;
    private AbortiveClose? _abortiveClose;
    private bool _isScreenLeft;
    private List<Action> _putBack = [];
    private IReadOnlyList<ReceiverRoom> _rooms = [];
    private List<MapEntry> _memory = [];
    private readonly QueuedDescriptors _queued = new();
    private List<DescriptorFacts> _files = [];
    private TimerReadings? _timers;
    private IpcMembership? _ipc;
    private long _suspendedAt;
    private int _imageFd = -1;
    private int _twin = NoTwin;
    private int _twinFd = -1;
    private int _twinStatus;

    public Checkpoint(NativeApi* api, Connection connection, CheckpointMessage request)
    {
        _api = api;
        _connection = connection;
        _request = request;
        _service = new HostService(request);
        _imagePath = $"{request.Directory}/{CheckpointLayout.ImageName(HostName.Of(api->State), _pid)}";

        // Shared, so that the twin's outcome is seen here; anonymous, so that nothing is left of it.
        const int sharedAnonymous = 0x21, readWrite = 3;
        _result = (NativeWriteResult*)Sys.Call(
            "writer's result", SyscallNumber.Mmap, 0, s_pageSize, readWrite, sharedAnonymous, ulong.MaxValue);
    }

    public ulong Epoch => _request.Epoch;

    /// <summary>After Drain: what this process holds that others of the computation may hold too.</summary>
    public List<SharedEntry> Shared { get; private set; } = [];

    /// <summary>Before Snapshot: who does.</summary>
    public HostPeers Peers { get; set; } = HostPeers.None;

    public bool IsSuspended { get; private set; }

    /// <summary>Becomes readable when the twin ends; -1: there is none.</summary>
    public int TwinFd => _twinFd;

    /// <summary>Opens the image and brings every thread to rest.</summary>
    public void Suspend()
    {
        Prepare();
        MakeDirectories(_request.Directory);
        _imageFd = _service.OpenImage(_imagePath);

        _map = new AdvisedMap(_api->State);
        long deadline = Environment.TickCount64 + (long)SuspendLimitMs;
        RuntimeThreads.BecomeIdle();
        SuspendOnce();
        while (!RuntimeThreads.AreIdle(_api->State))
        {
            _api->Resume();
            if (Environment.TickCount64 > deadline)
            {
                throw new SyscallException("suspend", ETimedOut, $"the agent's own threads in pid {_pid}, which stay busy");
            }

            RuntimeThreads.BecomeIdle();
            SuspendOnce();
        }

        IsSuspended = true;
        _suspendedAt = Stopwatch.GetTimestamp();
        _stoppedChildren = new StoppedChildren();
    }

    /// <summary>The program's own preparations, and the end of what it does not want to be interrupted (interpose.h).</summary>
    private void Prepare()
    {
        const int eBusy = -16;
        RuntimeThreads.ComeToRest();
        long outcome = _api->Before(PreparationLimitMs);
        if (outcome < 0)
        {
            string what = outcome == eBusy ? "delays checkpoints (interpose_delay)" : "has not ended its preparations (interpose_on)";
            throw new TransientResourceException($"the program of pid {_pid} {what} for more than {PreparationLimitMs} ms; try again");
        }
    }

    private void SuspendOnce()
    {
        long outcome = _api->Suspend(SuspendLimitMs);
        if (outcome < 0)
        {
            throw new SyscallException(
                "suspend", (int)-outcome,
                $"threads of pid {_pid}; one of them did not react to a signal within {SuspendLimitMs} ms");
        }
    }

    /// <param name="spansHosts">The computation is on several hosts.</param>
    public void Drain(bool spansHosts)
    {
        _stoppedChildren!.ForgetContinued();
        _timers = SignalCollector.Timers();
        long outcome = _api->CollectSignals();
        if (outcome < 0)
        {
            throw new UnsupportedResourceException(
                $"pid {_pid} has more signals pending than can be kept; try again when it has handled them");
        }

        if (PendingStop.IsDue(_api->State))
        {
            // It stops as one that was stopped already: not before it has said what the coordinator waits for.
            _api->State->Stopped = 1;
        }

        _memory = _map!.Read();
        _memory.RemoveAll(e => e.Start == (ulong)_result);
        _files = _queued.Find(OpenFileCollector.Look());
        _rooms = SocketDrain.Run(_files, spansHosts);
        _ipc = new IpcMembership(_api->State, _pid, _memory);
        Shared = [.. SharedInventory.Of(_files), .. MemoryCollector.Shared(_memory), .. IpcCollector.Shared(_ipc)];
    }

    /// <summary>Takes the picture. True: this is the restored life.</summary>
    public bool Snapshot()
    {
        GiveRoomBack();
        var contents = new ContentStore(_pid, Peers);
        var memory = new MemoryCollector();
        NativeState* state = _api->State;
        var discovery = new DiscoveryContext(_pid, _files, contents, Peers)
        {
            KeepConnections = _request is { Stop: true, KeepConnections: true },
            Compare = _service.Compare,
        };
        _putBack = discovery.PutBack;
        OpenFileTable files = OpenFileCollector.Collect(discovery);
        memory.Collect(_memory, (state->Restart.ImageDevice, state->Restart.ImageInode), contents);
        List<IpcObject> ipc = new IpcCollector(state, _pid, Peers, _ipc!).Collect(contents);
        ReadOnlyMemory<byte> metadata = Describe(_memory, files, memory, contents, ipc).ToBytes();
        var notify = new NotifyFrame(++state->ReportsSent, _request.Epoch, _imagePath);
        memory.Exclude((ulong)_result, s_pageSize);
        foreach ((ulong start, ulong length) in contents.Memory)
        {
            memory.Exclude(start, length);
        }

        memory.Ranges.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        long outcome;
        ReadOnlySpan<NativeRange> ranges = CollectionsMarshal.AsSpan(memory.Ranges);
        fixed (byte* m = metadata.Span, n = notify.Bytes)
        fixed (NativeRange* r = ranges)
        fixed (NativePiece* p = contents.Pieces)
        {
            var plan = new NativeSnapshotPlan
            {
                ImageFd = _imageFd,
                NotifyFd = _connection.Fd,
                Codec = _request.Codec switch { CodecName.None => 0, CodecName.Zstd => 1, _ => 2 },
                Workers = (uint)Math.Min(Environment.ProcessorCount, MaxWorkers),
                Epoch = _request.Epoch,
                Metadata = m,
                MetadataLength = (ulong)metadata.Length,
                Ranges = r,
                RangeCount = (ulong)ranges.Length,
                Pieces = p,
                PieceCount = (ulong)contents.Pieces.Length,
                ImageDevice = state->Restart.ImageDevice,
                ImageInode = state->Restart.ImageInode,
                Pid = (ulong)_pid,
                Result = _result,
                Notify = n,
                NotifyLength = (ulong)notify.Bytes.Length,
                NotifyBytesAt = notify.BytesAt,
                NotifyPagesAt = notify.PagesAt,
                NotifyRawAt = notify.RawAt,
                NotifyPauseAt = notify.PauseAt,
                NotifyCrcAt = notify.CrcAt,
                NotifyKey = state->SendKey,
            };
            outcome = _api->Snapshot(&plan);
            if (outcome is -11 or -12)
            {
                // EAGAIN, ENOMEM: no process or no memory for a twin. The picture is then taken stopped.
                plan.InPlace = 1;
                outcome = _api->Snapshot(&plan);
            }
        }

        if (outcome == NativeApi.Restored)
        {
            _queued.Forget();
            return true;
        }

        contents.Free();
        if (outcome < 0)
        {
            throw new SyscallException("clone", (int)-outcome, $"twin of pid {_pid}");
        }

        _twin = (int)outcome;
        _twinFd = _twin == NoTwin ? -1 : (int)Sys.Try(SyscallNumber.PidfdOpen, (ulong)_twin);
        Sys.Close(_imageFd);
        _imageFd = -1;
        if (_request.Stop)
        {
            // The application is not resumed any more: the writer need not wait to be told how long it stood still.
            // Before that: then it may be killed at any time.
            ScreenModes.Switch(_api->State, back: true);
            _isScreenLeft = true;
            ReportPause();
            _abortiveClose = new AbortiveClose(_files, Peers);
        }

        return false;
    }

    /// <summary>
    /// Puts back what was taken out of kernel objects: after a checkpoint into the same ones, in a restored life into the
    /// new ones. It is in our memory, and so in the image.
    /// </summary>
    public void Refill()
    {
        GiveRoomBack();
        List<Action> all = _putBack;
        _putBack = [];
        _queued.Close();
        foreach (Action action in all)
        {
            action();
        }
    }

    private void GiveRoomBack()
    {
        foreach (ReceiverRoom room in _rooms)
        {
            room.GiveBack();
        }

        _rooms = [];
    }

    /// <summary>Lets the application go on.</summary>
    public void Resume()
    {
        if (!IsSuspended)
        {
            return;
        }

        _stoppedChildren?.ForgetStopped();
        _abortiveClose?.Undo();
        if (_isScreenLeft)
        {
            ScreenModes.Switch(_api->State, back: false);
        }

        // Before anything runs: a process that then ends at once, or executes a program, could not say it any more.
        ReportPause();
        if (_api->State->Stopped != 0)
        {
            StopAgain(_api->State);
        }

        _api->Resume();
        _api->After(0);
        IsSuspended = false;
    }

    /// <summary>A process that was stopped when the checkpoint began stops here, before its threads go on.</summary>
    public static void StopAgain(NativeState* state)
    {
        const int signalStop = 19;
        if (state->Stopped != 0)
        {
            state->Stopped = 0;

            // To this very thread: it stops with the others before it goes on, and not a moment later.
            Sys.Try(SyscallNumber.Tgkill, (ulong)Sys.Try(SyscallNumber.Getpid), (ulong)Sys.Try(SyscallNumber.Gettid), signalStop);
        }
    }

    /// <summary>What the parent of stopped children has to see to, also in a restored process.</summary>
    public StoppedChildren? StoppedChildren => _stoppedChildren;

    /// <summary>The twin has ended while the application stands still. Null: the image is on disk; otherwise what went wrong.</summary>
    public string? EndTwin()
    {
        Reap();
        Sys.Close(_twinFd);
        _twinFd = -1;
        return _result->Done == 1 ? null : Failure();
    }

    /// <summary>Tells the twin, which waits for it before it uses the processors.</summary>
    private void ReportPause()
    {
        const int wake = 1; // FUTEX_WAKE, across processes
        _result->PauseMicroseconds = Math.Max(1, (ulong)Stopwatch.GetElapsedTime(_suspendedAt).TotalMicroseconds);
        Sys.Try(SyscallNumber.Futex, (ulong)&_result->PauseMicroseconds, wake, int.MaxValue);
    }

    /// <summary>Reaps the twin. Null: the image is on disk; otherwise what went wrong.</summary>
    public string? Finish()
    {
        Reap();
        string? failure = _result->Done == 1 ? null : Failure();
        Dispose();
        return failure;
    }

    /// <summary>Gives up, in whatever phase: the application runs, the unfinished image is removed.</summary>
    public void Abandon()
    {
        try
        {
            try
            {
                Refill();
            }
            finally
            {
                // Whatever becomes of one, the other is done.
                _queued.Close();
            }
        }
        finally
        {
            if (IsSuspended)
            {
                Resume();
            }
            else if (_twin == NoTwin)
            {
                _api->After(0);
            }
        }

        if (_twin != NoTwin)
        {
            Sys.Try(SyscallNumber.Kill, (ulong)_twin, SignalKill);
            Reap();
        }

        fixed (byte* path = Sys.Path(_imagePath))
        {
            Sys.Try(SyscallNumber.Unlink, (ulong)path);
        }

        Dispose();
    }

    /// <summary>In a child that was forked meanwhile: twin and image are the parent's, the shared page is not to stay.</summary>
    public void Forget() => Sys.Try(SyscallNumber.Munmap, (ulong)_result, s_pageSize);

    private string Failure()
    {
        if (_result->Done == 0)
        {
            int signal = _twinStatus & 0x7f;
            return $"the writer of pid {_pid} ended before {_imagePath} was complete "
                + $"({(signal == 0 ? $"status {_twinStatus >> 8}" : $"signal {signal}")}); was it killed, or did the machine run out of memory?";
        }

        string where = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(_result->Where));
        return $"{where}: {Marshal.GetPInvokeErrorMessage(_result->Error)} (pid {_pid}, image {_imagePath})";
    }

    private void Reap()
    {
        if (_twin != NoTwin)
        {
            int status = 0;
            Sys.Try(SyscallNumber.Wait4, (ulong)_twin, (ulong)&status, unchecked((ulong)WaitClone));
            _twin = NoTwin;
            _twinStatus = status;
        }
    }

    private void Dispose()
    {
        if (_twinFd >= 0)
        {
            Sys.Close(_twinFd);
            _twinFd = -1;
        }

        if (_imageFd >= 0)
        {
            Sys.Close(_imageFd);
            _imageFd = -1;
        }

        Sys.Try(SyscallNumber.Munmap, (ulong)_result, s_pageSize);

        // What one checkpoint left in the managed heap would be memory of the application until the next.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private ProcessMetadata Describe(
        List<MapEntry> map, OpenFileTable files, MemoryCollector memory, ContentStore contents, List<IpcObject> ipc)
    {
        NativeState* state = _api->State;
        uint deathSignal = 0;
        for (uint i = 0; i < state->ThreadCount; i++)
        {
            if (state->Threads[i].Tid == _pid)
            {
                deathSignal = state->Threads[i].ParentDeathSignal;
            }
        }

        return new ProcessMetadata
        {
            Identity = IdentityCollector.Identity(state->IsRoot != 0, HostName.Of(state)),
            Credentials = OwnCredentials.Read(),
            Attributes = IdentityCollector.Attributes(deathSignal, state->Dumpable),
            Memory = LayoutCollector.Collect(map),
            Clocks = IdentityCollector.Clocks(),
            Signals = SignalCollector.Collect(_timers!, SignalCollector.Collected(state)),
            Shim = new ShimState
            {
                Address = (ulong)state,
                BasePath = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(state->ShimPath)),
                Moved = HostName.MovedOf(state),
            },
            Threads = ThreadCollector.Collect(state, _pid),
            Files = files,
            MappedFiles = [.. memory.Files],
            SharedObjects = contents.Objects,
            Zombies = KinCollector.Zombies(),
            Ipc = ipc,
            Children = KinCollector.Children(),
            Terminal = TerminalCollector.Collect(state),
        };
    }

    private static void MakeDirectories(string path)
    {
        for (int slash = path.IndexOf('/', 1); ; slash = path.IndexOf('/', slash + 1))
        {
            fixed (byte* p = Sys.Path(slash < 0 ? path : path[..slash]))
            {
                Sys.Try(SyscallNumber.Mkdir, (ulong)p, 0x1C0 /* 0700 */);
            }

            if (slash < 0)
            {
                return;
            }
        }
    }
}
