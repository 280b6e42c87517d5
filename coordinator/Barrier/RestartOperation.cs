using Interpose.Coordinator.Logging;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// One restart on its walk through the phases: waits until all announced processes have come out of their images,
/// then lets them connect and go on together. Every method runs on the event loop.
/// </summary>
internal sealed class RestartOperation(IOperationHost host, RestartArguments announced) : IOperation
{
    private const int SigKill = 9;
    private const int Named = 10;

    private readonly Roster _roster = new();
    private readonly RestartParts _parts = new();
    private readonly Pace _pace = new(host.Options.Time);
    private readonly long _started = host.Options.Time.GetTimestamp();
    private IDisposable? _timer;
    private bool _ended;

    public Phase Phase { get; private set; }

    public ulong Epoch => announced.Epoch;

    public string Waiting => Phase == Phase.Create && _roster.Count < announced.Processes
        ? $"{announced.Processes - _roster.Count} of {announced.Processes} processes that have not come out of their images"
        : _pace.Waiting(_roster);

    /// <summary>It was given up: processes that come out of their images now are to be ended too.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Why it was given up; empty when it was not.</summary>
    public string Failure { get; private set; } = string.Empty;

    public void Begin() => Enter(Phase.Create);

    /// <summary>One host of several is ready to connect its processes with the others'.</summary>
    public Task<(string? Refusal, RestartPartReply Reply)> Meet(RestartPartArguments part) => _parts.Add(part);

    public void Joined(Member member)
    {
        if (member.Hello.Restored && member.Hello.Epoch == Epoch && Phase == Phase.Create && _roster.Count < announced.Processes)
        {
            _roster.Await(_roster.Add(member));
            member.Phase = Phase.Create;
        }
    }

    public void Left(Member member)
    {
        if (_roster.Find(member) is not { } participant)
        {
            return;
        }

        if (Phase == Phase.Resume)
        {
            // It was complete and was let go: what it does then, and be it to end at once, is its own business.
            _roster.Settle(participant);
            AdvanceWhenDone();
        }
        else
        {
            _roster.Remove(participant);
            GiveUp(ExitCode.Failure, $"{member.Name} ended in phase {Phase}");
        }
    }

    public bool PhaseDone(Member member, PhaseDoneMessage message)
    {
        if (message.Epoch == Epoch && message is { Phase: Phase.Resume } && Phase == Phase.Refill && _roster.Find(member) is { } stopping)
        {
            stopping.IsResumed = true;
            return true;
        }

        if (message.Epoch != Epoch || message.Phase != Phase
            || _roster.Find(member) is not { IsAwaited: true } participant)
        {
            return false;
        }

        _roster.Settle(participant);
        AdvanceWhenDone();
        return true;
    }

    private void AdvanceWhenDone()
    {
        if (_roster.Count == announced.Processes && _roster.Awaited == 0)
        {
            Enter(host.Options.Phases.Get(Operation.Restart, Phase).Next);
        }
    }

    public bool Failed(Member member, FailedMessage message)
    {
        if (message.Epoch != Epoch || _roster.Find(member) is null)
        {
            return false;
        }

        GiveUp(message.Code, $"{member.Name}, phase {message.Phase}: {message.Message}");
        return true;
    }

    public bool Aborted(Member member, AbortedMessage message) => false;

    public void GiveUp(ExitCode code, string reason)
    {
        if (_ended)
        {
            return;
        }

        host.Logger.RestartFailed(Epoch, reason);
        _parts.Fail(reason);

        // A computation of which a part is missing cannot run; its checkpoint is as it was and can be tried again.
        HasFailed = true;
        Failure = reason;
        foreach (Participant participant in _roster.All)
        {
            participant.Member.Connection.Send(new KillMessage(SigKill));
        }

        End();
    }

    private void Enter(Phase phase)
    {
        Phase = phase;
        _timer?.Dispose();
        host.Logger.PhaseEntered(Epoch, phase);
        if (phase == Phase.Running)
        {
            host.Logger.Restarted(Epoch, (long)host.Options.Time.GetElapsedTime(_started).TotalMilliseconds);
            End();
            return;
        }

        PhaseRow row = host.Options.Phases.Get(Operation.Restart, phase);
        _timer = host.Loop.After(row.Limit, () => TimedOut(row.Limit));
        if (row.Entry == PhaseEntry.PhaseMessage)
        {
            _roster.AwaitAll(p => !(phase == Phase.Resume && p.IsResumed));
            _pace.Enter(phase, _roster.Awaited);
            foreach (Participant participant in _roster.All.Where(p => p.IsAwaited))
            {
                participant.Member.Phase = phase;
                participant.Member.Connection.Send(new EnterPhaseMessage(Epoch, phase));
            }

            AdvanceWhenDone();
        }
    }

    private void TimedOut(TimeSpan limit)
    {
        IEnumerable<string> late = _roster.All.Where(p => p.IsAwaited).Select(p => p.Member.Name);
        string[] who = [.. late, .. Missing()];
        string text = string.Join(", ", who.Take(Named)) + (who.Length > Named ? $" and {who.Length - Named} more" : string.Empty);
        GiveUp(ExitCode.Timeout, $"phase {Phase} not finished within {limit.TotalSeconds:0.###} s by {text}");
    }

    // The host may be another one than at the checkpoint, so the number is all there is.
    private string[] Missing()
    {
        int missing = announced.Processes - _roster.Count;
        if (missing <= 0)
        {
            return [];
        }

        HashSet<int> back = [.. _roster.All.Select(p => p.Pid)];
        string[] names =
        [
            .. announced.Expected.Where(e => !back.Contains(e.Pid)).Select(e => $"process {e.Pid} ({e.Command}), which did not come back"),
        ];
        return names.Length > 0 ? names : [$"{missing} of {announced.Processes} processes that did not come back"];
    }

    private void End()
    {
        _ended = true;
        _timer?.Dispose();
        foreach (Participant participant in _roster.All)
        {
            participant.Member.Phase = Phase.Running;
        }

        host.OperationEnded(this);
    }
}
