using Interpose.Coordinator.Logging;
using Interpose.Coordinator.Storage;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Coordinator.Barrier;

/// <summary>One checkpoint on its walk through the phases. Every method runs on the event loop.</summary>
internal sealed class CheckpointOperation : IOperation
{
    private readonly IOperationHost _host;
    private readonly Dictionary<Member, Participant> _participants = [];
    private readonly TaskCompletionSource<CheckpointOutcome> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly string _computation;
    private readonly string _directory;
    private readonly TimeSpan _timeout;
    private readonly long _started;
    private IDisposable? _phaseTimer;
    private IDisposable? _totalTimer;
    private CheckpointOutcome? _failure;
    private bool _finishing;
    private bool _ended;

    public CheckpointOperation(
        IOperationHost host, string computation, ulong epoch, string directory, TimeSpan timeout)
    {
        _host = host;
        _computation = computation;
        Epoch = epoch;
        _directory = directory;
        _timeout = timeout;
        _started = host.Options.Time.GetTimestamp();
    }

    public Phase Phase { get; private set; } = Phase.Running;

    public ulong Epoch { get; }

    public string Directory => _directory;

    /// <summary>Ends when the checkpoint is committed, or given up and everything runs again.</summary>
    public Task<CheckpointOutcome> Completion => _completion.Task;

    private bool IsAborting => _failure is not null;

    public void Begin(IEnumerable<Member> members)
    {
        if (_timeout > TimeSpan.Zero)
        {
            _totalTimer = _host.Loop.After(_timeout, () => TimedOut(_timeout, "the limit of the request"));
        }

        foreach (Member member in members)
        {
            _participants.Add(member, new Participant(member));
        }

        _host.Logger.CheckpointBegins(Epoch, _participants.Count, _directory);
        Enter(PhaseTable.First(Operation.Checkpoint));
    }

    public void Joined(Member member)
    {
        if (IsAborting || Phase is Phase.Resume or Phase.Write or Phase.Commit)
        {
            // Born of a process that had been resumed: not part of this checkpoint.
            return;
        }

        if (Phase == Phase.Suspend)
        {
            // Created by a process that was not yet suspended. It takes part, so that it is not lost.
            var participant = new Participant(member);
            _participants.Add(member, participant);
            Send(participant, Phase);
            return;
        }

        GiveUp(ExitCode.Busy, $"{member.Name} joined in phase {Phase}, too late to be part of the checkpoint; try again");
    }

    public void Left(Member member)
    {
        if (!_participants.TryGetValue(member, out Participant? participant))
        {
            return;
        }

        participant.Gone = true;
        if (IsAborting)
        {
            participant.AbortSettled = true;
            FinishAbortWhenSettled();
        }
        else if (participant.Image is not null)
        {
            // Its image is complete; that the process ended since does not matter.
            AdvanceWhenDone();
        }
        else if (Phase == Phase.Suspend && _participants.Count > 1 && member.HasEnded)
        {
            // It ended before the picture was taken, so the picture is complete without it.
            _participants.Remove(member);
            AdvanceWhenDone();
        }
        else
        {
            string what = member.HasEnded ? "ended" : "ended or lost its connection";
            GiveUp(ExitCode.Failure, $"{member.Name} {what} in phase {Phase}, before its image was complete");
        }
    }

    public bool PhaseDone(Member member, PhaseDoneMessage message)
    {
        if (message.Epoch != Epoch || IsAborting || !_participants.TryGetValue(member, out Participant? participant))
        {
            return false;
        }

        if (message.Phase == Phase.Write)
        {
            // The writer is a process of its own: it may be faster than the rest of the barrier.
            if (participant.Image is not null || Phase is Phase.Suspend or Phase.Drain)
            {
                return false;
            }

            participant.Image = message.Image;
        }
        else if (message.Phase == Phase && participant.Done != Phase)
        {
            participant.Done = Phase;
            member.Phase = Phase;
        }
        else
        {
            return false;
        }

        AdvanceWhenDone();
        return true;
    }

    public bool Failed(Member member, FailedMessage message)
    {
        if (message.Epoch != Epoch || IsAborting || Phase == Phase.Commit || !_participants.ContainsKey(member))
        {
            return false;
        }

        ExitCode code = message.Code == ExitCode.Ok ? ExitCode.Failure : message.Code;
        GiveUp(code, $"{member.Name}, phase {message.Phase}: {message.Message}");
        return true;
    }

    public bool Aborted(Member member, AbortedMessage message)
    {
        if (message.Epoch != Epoch || !IsAborting || !_participants.TryGetValue(member, out Participant? participant))
        {
            return false;
        }

        participant.AbortSettled = true;
        member.Phase = Phase.Running;
        FinishAbortWhenSettled();
        return true;
    }

    public void GiveUp(ExitCode code, string reason)
    {
        // Once every image is on disk the manifest decides, not whoever wants to stop.
        if (Phase != Phase.Commit)
        {
            GiveUp(code, reason, []);
        }
    }

    private void GiveUp(ExitCode code, string reason, IReadOnlyCollection<Participant> silent)
    {
        if (IsAborting || _finishing || _ended)
        {
            return;
        }

        _failure = new CheckpointOutcome(code, $"checkpoint {Epoch} was given up: {reason}", null);
        _host.Logger.Aborted(Epoch, reason);
        _totalTimer?.Dispose();
        _phaseTimer?.Dispose();
        _phaseTimer = _host.Loop.After(_host.Options.Phases.AbortLimit, FinishAbort);
        foreach (Participant participant in _participants.Values)
        {
            // Whoever made the barrier time out will not acknowledge soon either; it finds the Abort behind what it
            // has not read yet, and does both at once.
            participant.AbortSettled = participant.Gone || silent.Contains(participant);
            if (!participant.Gone)
            {
                participant.Member.Connection.Send(new AbortMessage(Epoch, reason));
            }
        }

        FinishAbortWhenSettled();
    }

    private void Enter(Phase phase)
    {
        Phase = phase;
        _host.Logger.PhaseEntered(Epoch, phase);
        PhaseRow row = _host.Options.Phases.Get(Operation.Checkpoint, phase);
        _phaseTimer?.Dispose();

        // A limit given by the user is what he is ready to wait for the disk.
        bool unlimited = row.OnFailure == AbortEdge.Ignore || (phase == Phase.Write && _timeout > TimeSpan.Zero);
        _phaseTimer = unlimited ? null : _host.Loop.After(row.Limit, () => TimedOut(row.Limit, $"the limit of phase {phase}"));
        if (phase == Phase.Commit)
        {
            _totalTimer?.Dispose();
            _ = CommitAsync();
            return;
        }

        foreach (Participant participant in _participants.Values)
        {
            Send(participant, phase);
        }

        AdvanceWhenDone();
    }

    private void Send(Participant participant, Phase phase)
    {
        if (participant.Gone)
        {
            return;
        }

        participant.Member.Phase = phase;
        switch (_host.Options.Phases.Get(Operation.Checkpoint, phase).Entry)
        {
            case PhaseEntry.CheckpointMessage:
                participant.Member.Connection.Send(new CheckpointMessage(Epoch, _directory, _host.Codec));
                break;
            case PhaseEntry.PhaseMessage:
                participant.Member.Connection.Send(new EnterPhaseMessage(Epoch, phase));
                break;
            default:
                break;
        }
    }

    private bool HasDone(Participant participant) => Phase switch
    {
        Phase.Write => participant.Image is not null,
        _ => participant.Done == Phase || participant.Gone,
    };

    private void AdvanceWhenDone()
    {
        if (_ended || IsAborting || Phase is Phase.Commit or Phase.Running)
        {
            return;
        }

        if (_participants.Count == 0)
        {
            GiveUp(ExitCode.Failure, "every process ended before it was suspended");
        }
        else if (_participants.Values.All(HasDone))
        {
            Enter(_host.Options.Phases.Get(Operation.Checkpoint, Phase).Next);
        }
    }

    private void TimedOut(TimeSpan limit, string which)
    {
        Participant[] late = [.. _participants.Values.Where(p => !HasDone(p))];
        string who = string.Join(", ", late.Take(5).Select(p => p.Member.Name + p.Member.StateHint))
            + (late.Length > 5 ? $" and {late.Length - 5} more" : string.Empty);
        GiveUp(ExitCode.Timeout, $"{who} did not finish phase {Phase} within {limit.TotalSeconds:0.###} s ({which})", late);
    }

    private async Task CommitAsync()
    {
        var record = new CheckpointRecord(
            _directory,
            _computation,
            Epoch,
            _host.Options.Time.GetUtcNow(),
            [.. _participants.Values.Select(p => new ProcessRecord(p.Member.Hello, p.Image!))]);
        string? error = null;
        try
        {
            // It waits for the disk, and the event loop must not.
            await Task.Run(() => _host.Store.Commit(record)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever went wrong, the checkpoint does not exist and the application must go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            error = e.Message;
        }

        _host.Loop.Post(() => Committed(error));
    }

    private void Committed(string? error)
    {
        if (error is null)
        {
            Succeed();
        }
        else
        {
            GiveUp(ExitCode.Failure, $"the manifest in {_directory} could not be written: {error}", []);
        }
    }

    private void Succeed()
    {
        TimeSpan elapsed = _host.Options.Time.GetElapsedTime(_started);
        ImageReport[] images = [.. _participants.Values.Select(p => p.Image!)];
        var reply = new CheckpointReply(
            _directory,
            Epoch,
            images.Length,
            images.Aggregate(0ul, (sum, i) => sum + i.ImageBytes),
            images.Aggregate(0ul, (sum, i) => sum + i.RawBytes),
            images.Max(i => i.PauseMicroseconds),
            (ulong)elapsed.TotalMicroseconds);
        foreach (Participant participant in _participants.Values)
        {
            participant.Member.Connection.Send(new EnterPhaseMessage(Epoch, Phase.Commit));
        }

        _host.Logger.Committed(Epoch, reply.ImageBytes, (long)elapsed.TotalMilliseconds);
        End(new CheckpointOutcome(ExitCode.Ok, string.Empty, reply));
    }

    private void FinishAbortWhenSettled()
    {
        if (IsAborting && _participants.Values.All(p => p.AbortSettled))
        {
            FinishAbort();
        }
    }

    private void FinishAbort()
    {
        if (_finishing || _failure is not { } failure)
        {
            return;
        }

        _finishing = true;
        _phaseTimer?.Dispose();
        foreach (Participant participant in _participants.Values.Where(p => !p.AbortSettled))
        {
            _host.Logger.AbortUnacknowledged(participant.Member.Name, Epoch);
        }

        _ = RemoveAndEndAsync(failure);
    }

    private async Task RemoveAndEndAsync(CheckpointOutcome failure)
    {
        try
        {
            await Task.Run(() => _host.Store.Remove(_directory)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _host.Logger.CannotRemove(_directory, e.Message);
        }

        _host.Loop.Post(() => End(failure));
    }

    private void End(CheckpointOutcome outcome)
    {
        _ended = true;
        _phaseTimer?.Dispose();
        _totalTimer?.Dispose();
        Phase = Phase.Running;
        foreach (Participant participant in _participants.Values)
        {
            participant.Member.Phase = Phase.Running;
        }

        _host.OperationEnded(this);
        _completion.SetResult(outcome);
    }
}
