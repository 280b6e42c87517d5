using Interpose.Coordinator.Logging;
using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// One restart on its walk through the phases: waits until all announced processes have come out of their images,
/// then lets them connect and go on together. Every method runs on the event loop.
/// </summary>
internal sealed class RestartOperation(IOperationHost host, ulong epoch, int expected) : IOperation
{
    private const int SigKill = 9;

    private readonly Dictionary<Member, Participant> _participants = [];
    private readonly long _started = host.Options.Time.GetTimestamp();
    private IDisposable? _timer;
    private bool _ended;

    public Phase Phase { get; private set; }

    public ulong Epoch => epoch;

    public void Begin() => Enter(Phase.Create);

    public void Joined(Member member)
    {
        if (member.Hello.Restored && member.Hello.Epoch == epoch && Phase == Phase.Create && _participants.Count < expected)
        {
            _participants.Add(member, new Participant(member));
            member.Phase = Phase.Create;
        }
    }

    public void Left(Member member)
    {
        if (Phase == Phase.Resume && _participants.TryGetValue(member, out Participant? participant))
        {
            // It was complete and was let go: what it does then, and be it to end at once, is its own business.
            participant.Done = Phase;
            AdvanceWhenDone();
        }
        else if (_participants.Remove(member))
        {
            GiveUp(ExitCode.Failure, $"{member.Name} ended in phase {Phase}");
        }
    }

    public bool PhaseDone(Member member, PhaseDoneMessage message)
    {
        if (message.Epoch != epoch || message.Phase != Phase
            || !_participants.TryGetValue(member, out Participant? participant) || participant.Done == Phase)
        {
            return false;
        }

        participant.Done = Phase;
        AdvanceWhenDone();
        return true;
    }

    private void AdvanceWhenDone()
    {
        if (_participants.Count == expected && _participants.Values.All(p => p.Done == Phase))
        {
            Enter(host.Options.Phases.Get(Operation.Restart, Phase).Next);
        }
    }

    public bool Failed(Member member, FailedMessage message)
    {
        if (message.Epoch != epoch || !_participants.ContainsKey(member))
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

        host.Logger.RestartFailed(epoch, reason);

        // A computation of which a part is missing cannot run; its checkpoint is as it was and can be tried again.
        foreach (Member member in _participants.Keys)
        {
            member.Connection.Send(new KillMessage(SigKill));
        }

        End();
    }

    private void Enter(Phase phase)
    {
        Phase = phase;
        _timer?.Dispose();
        host.Logger.PhaseEntered(epoch, phase);
        if (phase == Phase.Running)
        {
            host.Logger.Restarted(epoch, (long)host.Options.Time.GetElapsedTime(_started).TotalMilliseconds);
            End();
            return;
        }

        PhaseRow row = host.Options.Phases.Get(Operation.Restart, phase);
        _timer = host.Loop.After(row.Limit, () => TimedOut(row.Limit));
        if (row.Entry == PhaseEntry.PhaseMessage)
        {
            foreach (Member member in _participants.Keys)
            {
                member.Phase = phase;
                member.Connection.Send(new EnterPhaseMessage(epoch, phase));
            }
        }
    }

    private void TimedOut(TimeSpan limit)
    {
        string[] late = [.. _participants.Values.Where(p => p.Done != Phase).Select(p => p.Member.Name)];
        int missing = expected - _participants.Count;
        string who = string.Join(
            ", ", missing > 0 ? late.Append($"{missing} of {expected} processes that did not come back") : late);
        GiveUp(ExitCode.Timeout, $"phase {Phase} not finished within {limit.TotalSeconds:0.###} s by {who}");
    }

    private void End()
    {
        _ended = true;
        _timer?.Dispose();
        foreach (Member member in _participants.Keys)
        {
            member.Phase = Phase.Running;
        }

        host.OperationEnded(this);
    }
}
