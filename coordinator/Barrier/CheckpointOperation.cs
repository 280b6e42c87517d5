using Interpose.Coordinator.Logging;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Coordinator.Barrier;

/// <summary>One checkpoint on its walk through the phases. Every method runs on the event loop.</summary>
internal sealed class CheckpointOperation : IOperation
{
    private readonly IOperationHost _host;
    private readonly CheckpointOrder _order;
    private readonly Roster _roster = new();
    private readonly AbortSequence _abort;
    private readonly PhaseAnnouncer _announcer;
    private readonly StoppedProcesses _stopped;
    private readonly TaskCompletionSource<CheckpointOutcome> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly Pace _pace;
    private readonly long _started;
    private CensusStep? _census;
    private IDisposable? _phaseTimer;
    private IDisposable? _totalTimer;
    private readonly LeakCheck _leaks;
    private string _warning = string.Empty;
    private bool _isTransient;
    private bool _ended;

    public CheckpointOperation(IOperationHost host, CheckpointOrder order)
    {
        _host = host;
        _order = order;
        _started = host.Options.Time.GetTimestamp();
        _pace = new Pace(host.Options.Time);
        _leaks = new LeakCheck(host, _roster, order);
        _announcer = new PhaseAnnouncer(host, _roster, order);
        _stopped = new StoppedProcesses(
            host, _roster, () => Phase is Phase.Suspend or Phase.Census && !_ended && !_abort!.IsUnderWay);
        _abort = new AbortSequence(host, _roster, order.Epoch, order.Directory, End);
    }

    public Phase Phase { get; private set; } = Phase.Running;

    public ulong Epoch => _order.Epoch;

    public string Waiting => _pace.Waiting(_roster);

    /// <summary>The host that the others had to wait for; empty: none.</summary>
    public string Slowest => _roster.SpansHosts ? _pace.Slowest : string.Empty;

    /// <summary>Ends when the checkpoint is committed, or given up and everything runs again.</summary>
    public Task<CheckpointOutcome> Completion => _completion.Task;

    public void Begin(IEnumerable<Member> members)
    {
        if (_order.Timeout > TimeSpan.Zero)
        {
            _totalTimer = _host.Loop.After(_order.Timeout, () => TimedOut(_order.Timeout, "the limit of the request"));
        }

        foreach (Member member in members)
        {
            _roster.Add(member);
        }

        _host.Logger.CheckpointBegins(Epoch, _roster.Count, _order.Directory);
        Enter(PhaseTable.First(Operation.Checkpoint));
        _stopped.Watch();
    }

    public void Joined(Member member)
    {
        if (_abort.IsUnderWay || Phase is Phase.Resume or Phase.Write or Phase.Commit)
        {
            // Born of a process that had been resumed: not part of this checkpoint.
            return;
        }

        if (Phase is not (Phase.Suspend or Phase.Census))
        {
            GiveUp(ExitCode.Busy, $"{member.Name} joined in phase {Phase}, too late to be part of the checkpoint; try again");
            return;
        }

        // Created by a process that was not yet suspended. It takes part, so that it is not lost.
        Participant? before = _roster.Find(member.Hello.Host, member.Hello.Pid);
        Participant participant = _roster.Add(member);
        _roster.Await(participant);
        _census?.Joined(participant);
        _announcer.Tell(participant, Phase.Suspend);
        if (before is { Gone: true })
        {
            Forget(before);
        }
        else if (before is not null)
        {
            // It has called exec. The end of the old connection may be seen after the beginning of the new one.
            before.Superseded = true;
            _roster.Await(before);
        }
    }

    public void Left(Member member)
    {
        if (_roster.Find(member) is not { } participant)
        {
            return;
        }

        participant.Gone = true;
        if (_abort.IsUnderWay)
        {
            _abort.Settle(participant);
        }
        else if (participant.Image is not null)
        {
            // Its image is complete; that the process ended since does not matter.
            _roster.Settle(participant);
            AdvanceWhenDone();
        }
        else if (Phase is Phase.Suspend or Phase.Census && MayBeForgotten(participant))
        {
            Forget(participant);
            AdvanceWhenDone();
        }
        else if (Phase is Phase.Suspend or Phase.Census && member.IsVisible && !member.HasEnded)
        {
            // The only one of its host that could say whether it is still there: it has called exec and will come back.
            _roster.Await(participant);
        }
        else
        {
            string what = member.HasEnded ? "ended" : "ended or lost its connection";
            GiveUp(ExitCode.Failure, $"{member.Name} {what} in phase {Phase}, before its image was complete");
        }
    }

    public bool PhaseDone(Member member, PhaseDoneMessage message)
    {
        if (message.Epoch != Epoch || _abort.IsUnderWay || _roster.Find(member) is not { } participant
            || !Accept(participant, message))
        {
            return false;
        }

        AdvanceWhenDone();
        return true;
    }

    public bool Failed(Member member, FailedMessage message)
    {
        if (message.Epoch != Epoch || _abort.IsUnderWay || Phase == Phase.Commit || _roster.Find(member) is null)
        {
            return false;
        }

        ExitCode code = message.Code == ExitCode.Ok ? ExitCode.Failure : message.Code;
        _isTransient = code == ExitCode.Busy;
        GiveUp(code, $"{member.Name}, phase {message.Phase}: {message.Message}");
        return true;
    }

    public bool Aborted(Member member, AbortedMessage message)
    {
        if (message.Epoch != Epoch || !_abort.IsUnderWay || _roster.Find(member) is not { } participant)
        {
            return false;
        }

        member.Phase = Phase.Running;
        _abort.Settle(participant);
        return true;
    }

    public void GiveUp(ExitCode code, string reason)
    {
        // Once every image is on disk the manifest decides, not whoever wants to stop.
        if (Phase != Phase.Commit)
        {
            GiveUp(code, reason, new HashSet<Participant>());
        }
    }

    private void GiveUp(ExitCode code, string reason, IReadOnlySet<Participant> silent)
    {
        if (_abort.IsUnderWay || _ended)
        {
            return;
        }

        _totalTimer?.Dispose();
        _phaseTimer?.Dispose();
        _census?.Stop();
        _abort.Begin(
            new CheckpointOutcome(code, $"checkpoint {Epoch} was given up: {reason}", null) { IsTransient = _isTransient }, reason,
            new HashSet<Participant>(silent.Concat(_roster.All.Where(p => p.IsHeld))));
    }

    // Whoever ended before the picture was taken is not missing from it, and if it has not ended the census shows it,
    // as long as there is somebody to take one.
    private bool MayBeForgotten(Participant participant) =>
        participant.Superseded || participant.Member.HasEnded || _roster.On(participant.Host).Any(p => !p.Gone);

    private void Forget(Participant participant)
    {
        _roster.Remove(participant);
        _census?.Left(participant);
    }

    private bool Accept(Participant participant, PhaseDoneMessage message)
    {
        switch (message.Phase)
        {
            case Phase.Write:
                // The writer is a process of its own: it may be faster than the rest of the barrier.
                if (participant.Image is not null || Phase is Phase.Suspend or Phase.Census or Phase.Drain)
                {
                    return false;
                }

                participant.Image = message.Image;
                if (Phase == Phase.Write)
                {
                    _roster.Settle(participant);
                    _pace.Settled(participant.Host, _roster.Awaited);
                }

                return true;
            case Phase.Suspend when Phase is Phase.Suspend or Phase.Census && participant.Done != Phase.Suspend:
                participant.Ignored = message.Ignored;
                Done(participant, Phase.Suspend);
                _census?.Suspended(participant);
                return true;
            case Phase.Resume when Phase == Phase.Refill:
                participant.IsResumed = true;
                return true;
            case Phase.Census:
                return Phase == Phase.Census && _census!.Answered(participant, message.Census);
            default:
                if (message.Phase != Phase || participant.Done == Phase)
                {
                    return false;
                }

                if (message.Phase == Phase.Drain)
                {
                    // Kept to the end: the look for leaks needs it when the images are written.
                    participant.Published = message.Published;
                }

                Done(participant, Phase);
                return true;
        }
    }

    private void Done(Participant participant, Phase phase)
    {
        participant.Done = phase;
        participant.Member.Phase = phase;
        if (!participant.Superseded)
        {
            _roster.Settle(participant);
            _pace.Settled(participant.Host, _roster.Awaited);
        }
    }

    private void Enter(Phase phase)
    {
        Phase = phase;
        _host.Logger.PhaseEntered(Epoch, phase);
        PhaseRow row = _host.Options.Phases.Get(Operation.Checkpoint, phase);
        _phaseTimer?.Dispose();

        // A limit given by the user is what he is ready to wait for the disk.
        bool unlimited = row.OnFailure == AbortEdge.Ignore || (phase == Phase.Write && _order.Timeout > TimeSpan.Zero);
        _phaseTimer = unlimited ? null : _host.Loop.After(row.Limit, () => TimedOut(row.Limit, $"the limit of phase {phase}"));
        _warning = _census?.Warning ?? _warning;
        _census?.Stop();
        _census = null;
        switch (phase)
        {
            case Phase.Commit:
                _totalTimer?.Dispose();
                _ = CommitAsync();
                return;
            case Phase.Census:
                _roster.AwaitAll(static p => false);
                _census = new CensusStep(_host, _roster, _order, GiveUp, AdvanceWhenDone);
                return;
            default:
                _roster.AwaitAll(p => phase == Phase.Write ? p.Image is null : !p.Gone && !(phase == Phase.Resume && p.IsResumed));
                _pace.Enter(phase, _roster.Awaited);
                if (_announcer.TellAll(phase) is { } tooMuch)
                {
                    GiveUp(ExitCode.Unsupported, tooMuch);
                    return;
                }

                AdvanceWhenDone();
                return;
        }
    }

    private void AdvanceWhenDone()
    {
        if (_ended || _abort.IsUnderWay || Phase is Phase.Commit or Phase.Running)
        {
            return;
        }

        if (_roster.Count == 0)
        {
            GiveUp(ExitCode.Failure, "every process ended before it was suspended");
        }
        else if (_roster.Awaited == 0 && _census?.IsComplete != false)
        {
            if (Phase == Phase.Census && _leaks.MustPassFirst)
            {
                _leaks.Begin(Passed);
                return;
            }

            Enter(_order.Stop && Phase == Phase.Snapshot
                ? Phase.Write // What ran between the picture and the end would be missing after a restart.
                : _host.Options.Phases.Get(Operation.Checkpoint, Phase).Next);
        }
    }

    // Everything stands still, and nothing has been written.
    private void Passed(string? refusal)
    {
        if (refusal is not null && Phase == Phase.Census)
        {
            GiveUp(ExitCode.Unsupported, refusal);
        }

        AdvanceWhenDone();
    }

    private void TimedOut(TimeSpan limit, string which)
    {
        HashSet<Participant> late = [.. _roster.All.Where(p => p.IsAwaited)];
        string who = string.Join(", ", late.Take(5).Select(p => p.Member.Name + p.Member.StateHint))
            + (late.Count > 5 ? $" and {late.Count - 5} more" : string.Empty);
        GiveUp(ExitCode.Timeout, $"{who} did not finish phase {Phase} within {limit.TotalSeconds:0.###} s ({which})", late);
    }

    private async Task CommitAsync()
    {
        // Once more: somebody outside may have come into something meanwhile.
        Task<string?> looking = _leaks.LookAsync();
        string? refusal = _leaks.MayRefuse ? await looking.ConfigureAwait(false) : null;
        string? error = refusal is null
            ? await CheckpointCommit.WriteAsync(_host.Store, _order, _host.Options.Time.GetUtcNow(), [.. _roster.All]).ConfigureAwait(false)
            : null;
        TimeSpan elapsed = _host.Options.Time.GetElapsedTime(_started);
        await looking.ConfigureAwait(false);
        _host.Loop.Post(() => Committed(refusal, error, elapsed));
    }

    private void Committed(string? refusal, string? error, TimeSpan elapsed)
    {
        if (refusal is not null)
        {
            GiveUp(ExitCode.Unsupported, refusal, new HashSet<Participant>());
            return;
        }

        if (error is not null)
        {
            GiveUp(
                ExitCode.Failure,
                $"the manifest in {_order.Directory} could not be written: {error}",
                new HashSet<Participant>());
            return;
        }

        CheckpointReply reply = CheckpointCommit.Reply(_order, _roster.All, elapsed);
        _host.Logger.Committed(Epoch, reply.ImageBytes, (long)elapsed.TotalMilliseconds);
        var outcome = new CheckpointOutcome(ExitCode.Ok, Join(_warning, _leaks.Warning), reply);
        if (_order.Stop)
        {
            _ = EndWhenKilledAsync(_host.KillAll(), outcome);
            return;
        }

        foreach (Participant participant in _roster.All)
        {
            participant.Member.Connection.Send(new EnterPhaseMessage(Epoch, Phase.Commit));
        }

        End(outcome);
    }

    private static string Join(string first, string second) =>
        first.Length == 0 || second.Length == 0 ? first + second : $"{first}; {second}";

    private async Task EndWhenKilledAsync(Task<KillReply> killing, CheckpointOutcome outcome)
    {
        KillReply killed = await killing.ConfigureAwait(false);
        if (killed.Remaining > 0)
        {
            outcome = outcome with
            {
                Code = ExitCode.Failure,
                Message = $"the checkpoint is complete, but {killed.Remaining} processes did not end",
            };
        }

        _host.Loop.Post(() => End(outcome));
    }

    private void End(CheckpointOutcome outcome)
    {
        _ended = true;
        _stopped.End();
        _phaseTimer?.Dispose();
        _totalTimer?.Dispose();
        Phase = Phase.Running;
        foreach (Participant participant in _roster.All)
        {
            participant.Member.Phase = Phase.Running;
        }

        _host.OperationEnded(this);
        _completion.SetResult(outcome);
    }
}
