using Interpose.Coordinator.Logging;
using Interpose.Coordinator.Server;
using Interpose.Coordinator.Storage;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// The state of the coordinator: who is connected and what is in progress. Nothing here outlives the coordinator or
/// would be missed by a new one, to which the processes say hello again. Every member runs on the event loop.
/// </summary>
internal sealed class Computation(
    CoordinatorOptions options, EventLoop loop, ICheckpointStore store, ILogger logger, HostService? hostService = null) : IOperationHost
{
    private const int MaxAttempts = 40;
    private static readonly TimeSpan s_pauseBetweenAttempts = TimeSpan.FromMilliseconds(10);

    private readonly HashSet<Member> _members = [];
    private readonly HostRoll _hosts = new(options.AwaitedHosts);
    private readonly DateTimeOffset _started = options.Time.GetUtcNow();
    private IOperation? _operation;
    private RestartOperation? _lastRestart;
    private IDisposable? _tick;
    private IDisposable? _linger;
    private ulong _lastEpoch = options.LastEpoch;
    private string _root = options.CheckpointRoot;
    private CheckpointReply? _lastCheckpoint;
    private DateTimeOffset _lastCheckpointTime;
    private string _lastFailure = string.Empty;
    private string _slowest = string.Empty;
    private bool _hadMembers;

    public CoordinatorOptions Options => options;

    public EventLoop Loop => loop;

    public ILogger Logger => logger;

    public ICheckpointStore Store => store;

    public HostService? HostService => hostService;

    /// <summary>The computation that is served.</summary>
    public string Id { get; private set; } = options.Computation;

    /// <summary>Where its checkpoints go.</summary>
    public string Root => _root;

    /// <summary>Time between automatic checkpoints; zero for none.</summary>
    public TimeSpan Interval { get; private set; }

    /// <summary>Codec of new images.</summary>
    public string Codec { get; private set; } = options.Codec;

    /// <summary>What is done about objects shared with the outside.</summary>
    public string Leaks { get; private set; } = options.Leaks;

    /// <summary>The processes that are connected.</summary>
    public IReadOnlyCollection<Member> Members => _members;

    /// <summary>The hosts that have processes, and those whose processes are still waited for.</summary>
    public IReadOnlyList<string> Hosts => _hosts.All;

    /// <summary>The last process has gone and the time to linger is over.</summary>
    public event Action<string>? Abandoned;

    /// <summary>What a launcher has to know has changed: the computation, where checkpoints go, or another setting.</summary>
    public event Action? SettingsChanged;

    /// <summary>A host has its first process, or has lost its last one.</summary>
    public event Action? HostsChanged;

    /// <summary>The operation that was in progress is over.</summary>
    public event Action? BecameIdle;

    /// <summary>A process has left.</summary>
    public event Action? MemberLeft;

    public void Start()
    {
        SetInterval(options.Interval);
        ArmLinger();
    }

    public void Join(Member member)
    {
        _members.Add(member);
        _hadMembers = true;
        _linger?.Dispose();
        logger.Joined(member.Name, member.Connection.Name);
        if (_hosts.Joined(member.Hello.Host))
        {
            HostsChanged?.Invoke();
        }

        if (member.Hello.Restored && _lastRestart is { HasFailed: true } failed && failed.Epoch == member.Hello.Epoch)
        {
            // The others have been ended; it would wait for them for ever.
            member.Connection.Send(new KillMessage(Native.Signals.Kill));
            return;
        }

        _operation?.Joined(member);
    }

    public void Leave(Member member)
    {
        if (_members.Remove(member))
        {
            logger.Left(member.Name);
            _operation?.Left(member);
            MemberLeft?.Invoke();
            if (_hosts.Left(member.Hello.Host))
            {
                HostsChanged?.Invoke();
            }

            ArmLinger();
        }
    }

    public void PhaseDone(Member member, PhaseDoneMessage message)
    {
        if (_operation?.PhaseDone(member, message) != true && message.Phase != Phase.Commit)
        {
            Ignore(member, $"phase {message.Phase} of epoch {message.Epoch} done");
        }
    }

    public void Failed(Member member, FailedMessage message)
    {
        if (_operation?.Failed(member, message) != true)
        {
            Ignore(member, $"phase {message.Phase} of epoch {message.Epoch} failed: {message.Message}");
        }
    }

    public void Aborted(Member member, AbortedMessage message)
    {
        if (_operation?.Aborted(member, message) != true)
        {
            Ignore(member, $"abort of epoch {message.Epoch} acknowledged");
        }
    }

    /// <summary>
    /// Begins a checkpoint; the outcome comes at once when it cannot begin. What only stands in the way for a moment (a
    /// connection that waits to be accepted) costs another try, not the checkpoint.
    /// </summary>
    public (CheckpointReply? Begun, Task<CheckpointOutcome> Completion) BeginCheckpoint(
        TimeSpan timeout, bool stop = false, bool allowUnmanaged = false, bool keepConnections = false)
    {
        (CheckpointReply? begun, Task<CheckpointOutcome> first) = BeginOnce(timeout, stop, allowUnmanaged, keepConnections);
        return (begun, begun is null ? first : RepeatAsync(first, begun.Epoch, () => BeginOnce(timeout, stop, allowUnmanaged, keepConnections).Completion));
    }

    /// <summary>Makes the checkpoint that a program asks for, after the one in progress, and tells it how that ended.</summary>
    public async Task CheckpointForAsync(Member member)
    {
        if (CheckpointInProgress is { } other)
        {
            await other.ConfigureAwait(false);
            loop.Post(() => _ = CheckpointForAsync(member));
            return;
        }

        CheckpointOutcome outcome = await BeginCheckpoint(TimeSpan.Zero).Completion.ConfigureAwait(false);
        member.Connection.Send(new CheckpointEndedMessage(outcome.Code, outcome.Code == ExitCode.Ok ? string.Empty : outcome.Message));
    }

    private async Task<CheckpointOutcome> RepeatAsync(
        Task<CheckpointOutcome> attempt, ulong epoch, Func<Task<CheckpointOutcome>> again)
    {
        CheckpointOutcome outcome = await attempt.ConfigureAwait(false);
        for (int i = 1; i < MaxAttempts && outcome.IsTransient; i++)
        {
            await Task.Delay(s_pauseBetweenAttempts, options.Time).ConfigureAwait(false);
            outcome = await loop.InvokeAsync(() =>
            {
                // The attempt has left nothing behind: the next one takes its number.
                _lastEpoch = Math.Min(_lastEpoch, epoch - 1);
                return again();
            }).ConfigureAwait(false);
        }

        return outcome;
    }

    private (CheckpointReply? Begun, Task<CheckpointOutcome> Completion) BeginOnce(
        TimeSpan timeout, bool stop, bool allowUnmanaged, bool keepConnections)
    {
        if (BusyReason is { } busy)
        {
            return Refused(ExitCode.Busy, busy);
        }

        if (_hosts.Awaited is { Count: > 0 } awaited)
        {
            return Refused(
                ExitCode.Busy,
                $"the processes of {string.Join(", ", awaited)} have not come back since this coordinator took over; where they have ended, end it ('interpose quit') and adopt again with --without HOST");
        }

        if (_members.Count == 0)
        {
            return Refused(
                ExitCode.Busy, "there is nothing to checkpoint: no process has joined; start one with 'interpose run'");
        }

        ulong epoch;
        string directory;
        try
        {
            (epoch, directory) = store.CreateNext(_root, Id, _lastEpoch + 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused(
                ExitCode.Failure,
                $"cannot create a checkpoint directory in {_root}: {e.Message}; make it writable or choose another one with --ckpt-dir");
        }

        _lastEpoch = epoch;
        var operation = new CheckpointOperation(this, new CheckpointOrder(Id, epoch, directory, timeout, stop, allowUnmanaged, Leaks, keepConnections));
        _operation = operation;
        operation.Begin(_members);
        var begun = new CheckpointReply(directory, epoch, 0, 0, 0, 0, 0);
        return (begun, RememberAsync(operation));
    }

    /// <summary>Announces a restart. Returns why it is refused, or null.</summary>
    public string? BeginRestart(RestartArguments announced)
    {
        if (BusyReason is { } busy)
        {
            return busy;
        }

        if (_members.Count > 0)
        {
            return $"{_members.Count} processes of computation {Id} are still connected; restart under another coordinator";
        }

        Id = announced.Computation;
        _lastEpoch = announced.Epoch;
        if (announced.CheckpointRoot.Length > 0)
        {
            _root = announced.CheckpointRoot;
        }

        _linger?.Dispose();
        logger.RestartBegins(announced.Processes, announced.Computation, announced.Epoch);
        var operation = new RestartOperation(this, announced);
        _operation = operation;
        _lastRestart = operation;
        operation.Begin();
        SettingsChanged?.Invoke();
        return null;
    }

    /// <summary>One host of a restart over several is ready.</summary>
    public Task<(string? Refusal, RestartPartReply Reply)> Meet(RestartPartArguments part) =>
        _operation is RestartOperation restart && restart.Epoch == part.Epoch
            ? restart.Meet(part)
            : Task.FromResult<(string?, RestartPartReply)>(
                ($"no restart from epoch {part.Epoch} is in progress; was it given up?", new RestartPartReply([])));

    /// <summary>
    /// The restart that was announced will not come. Returns why it had been given up before, or nothing: of several hosts
    /// that fail one after the other the first one tells the cause.
    /// </summary>
    public string WithdrawRestart(ulong epoch, string reason)
    {
        string earlier = _lastRestart is { } last && last.Epoch == epoch ? last.Failure : string.Empty;
        if (_operation is RestartOperation restart && restart.Epoch == epoch)
        {
            restart.GiveUp(ExitCode.Failure, reason.Length > 0 ? reason : "withdrawn by the command that announced it");
        }

        return earlier;
    }

    public Task<KillReply> KillAll() => new KillOperation(this, Native.Signals.Kill).Begin();

    public void OperationEnded(IOperation operation)
    {
        if (_operation == operation)
        {
            _operation = null;
            hostService?.Forget();
            BecameIdle?.Invoke();
            ArmLinger();
        }
    }

    /// <summary>Changes what is given.</summary>
    public void Configure(ConfigureArguments settings)
    {
        if (settings.IntervalMilliseconds >= 0)
        {
            SetInterval(TimeSpan.FromMilliseconds(Math.Min(settings.IntervalMilliseconds, int.MaxValue)));
        }

        if (settings.CheckpointRoot.Length > 0)
        {
            _root = settings.CheckpointRoot;
        }

        if (settings.Codec.Length > 0)
        {
            Codec = settings.Codec;
        }

        if (settings.Leaks.Length > 0)
        {
            Leaks = settings.Leaks;
        }

        SettingsChanged?.Invoke();
    }

    private void SetInterval(TimeSpan interval)
    {
        Interval = interval;
        _tick?.Dispose();
        _tick = null;
        if (interval > TimeSpan.Zero)
        {
            logger.IntervalSet(interval);
            _tick = loop.After(interval, Tick);
        }
    }

    /// <summary>Gives up what is in progress, when it can be given up.</summary>
    public void GiveUp(string reason) => _operation?.GiveUp(ExitCode.Failure, reason);

    /// <summary>The end of the checkpoint that is in progress; null when there is none.</summary>
    public Task? CheckpointInProgress => (_operation as CheckpointOperation)?.Completion;

    /// <summary>Whether something is in progress.</summary>
    public bool IsBusy => _operation is not null;

    public StatusReply Report(string address) => new()
    {
        Computation = Id,
        CoordinatorPid = Environment.ProcessId,
        Address = address,
        CheckpointDirectory = Path.Combine(_root, Id),
        Codec = Codec,
        Phase = _operation?.Phase ?? Phase.Running,
        Epoch = _operation?.Epoch ?? _lastEpoch,
        IntervalMilliseconds = (ulong)Interval.TotalMilliseconds,
        StartedUnixMilliseconds = _started.ToUnixTimeMilliseconds(),
        LastCheckpoint = _lastCheckpoint ?? new CheckpointReply(string.Empty, 0, 0, 0, 0, 0, 0),
        LastCheckpointUnixMilliseconds = _lastCheckpoint is null ? 0 : _lastCheckpointTime.ToUnixTimeMilliseconds(),
        LastFailure = _lastFailure,
        Waiting = _operation?.Waiting
            ?? (_hosts.Awaited.Count == 0 ? string.Empty : $"{string.Join(", ", _hosts.Awaited)}, whose processes have not come back"),
        Slowest = _slowest,
        Processes =
        [
            .. _members.OrderBy(m => m.Hello.Host, StringComparer.Ordinal).ThenBy(m => m.Hello.Pid).Select(m => new ProcessStatus(
                m.Hello.Pid, m.Hello.ParentPid, m.Hello.Host, m.Hello.Command, m.Hello.Executable, m.Hello.UserId, m.Phase,
                m.Joined.ToUnixTimeMilliseconds(), m.Hello.Restored)),
        ],
    };

    private string? BusyReason => _operation switch
    {
        null => null,
        CheckpointOperation c => $"checkpoint {c.Epoch} is in progress (phase {c.Phase}); try again when it is done",
        { } r => $"a restart from epoch {r.Epoch} is in progress (phase {r.Phase})",
    };

    private static (CheckpointReply?, Task<CheckpointOutcome>) Refused(ExitCode code, string message) =>
        (null, Task.FromResult(new CheckpointOutcome(code, message, null)));

    private async Task<CheckpointOutcome> RememberAsync(CheckpointOperation operation)
    {
        CheckpointOutcome outcome = await operation.Completion.ConfigureAwait(false);
        loop.Post(() =>
        {
            if (outcome.Reply is null)
            {
                _lastFailure = outcome.Message;
            }
            else
            {
                _lastCheckpoint = outcome.Reply;
                _lastCheckpointTime = options.Time.GetUtcNow();
                _slowest = operation.Slowest;
                _lastFailure = string.Empty;
            }
        });
        return outcome;
    }

    private void Tick()
    {
        // Armed first: a checkpoint that takes longer than the interval costs ticks, not the rhythm.
        _tick = loop.After(Interval, Tick);
        if (_members.Count > 0)
        {
            if (BusyReason is { } busy)
            {
                logger.TickSkipped(busy);
            }
            else
            {
                (CheckpointReply? begun, Task<CheckpointOutcome> completion) = BeginCheckpoint(TimeSpan.Zero);
                if (begun is null)
                {
                    _lastFailure = completion.Result.Message;
                    logger.TickSkipped(_lastFailure);
                }
            }
        }
    }

    private void ArmLinger()
    {
        _linger?.Dispose();
        if (_members.Count > 0 || _operation is not null || options.Linger is not { } linger)
        {
            return;
        }

        if (linger > TimeSpan.Zero)
        {
            _linger = loop.After(linger, () => Abandoned?.Invoke($"no process for {linger}"));
        }
        else if (_hadMembers)
        {
            Abandoned?.Invoke("the last process has gone");
        }
    }

    private void Ignore(Member member, string message) => logger.Ignored(member.Name, message);
}
