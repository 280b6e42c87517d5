using Interpose.Coordinator.Logging;
using Interpose.Coordinator.Native;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Coordinator.Barrier;

/// <summary>Signals every process and, when they are to die, waits until they are gone.</summary>
internal sealed class KillOperation
{
    private readonly Computation _computation;
    private readonly int _signal;
    private readonly HashSet<Member> _waiting;
    private readonly int _signalled;
    private readonly TaskCompletionSource<KillReply> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _timer;

    public KillOperation(Computation computation, int signal)
    {
        _computation = computation;
        _signal = signal;
        _waiting = [.. computation.Members];
        _signalled = _waiting.Count;
    }

    /// <summary>Runs on the event loop.</summary>
    public Task<KillReply> Begin()
    {
        _computation.Logger.Signalled(_signal, _signalled);
        foreach (Member member in _waiting)
        {
            member.Connection.Send(new KillMessage(_signal));
        }

        if (_signal != Signals.Kill || _waiting.Count == 0)
        {
            return Task.FromResult(new KillReply(_signalled, _waiting.Count));
        }

        _computation.MemberLeft += FinishWhenGone;
        _timer = _computation.Loop.After(_computation.Options.KillLimit, KillDirectly);
        return _completion.Task;
    }

    private void FinishWhenGone()
    {
        _waiting.IntersectWith(_computation.Members);
        if (_waiting.Count == 0)
        {
            Finish();
        }
    }

    // A stopped process cannot signal itself, but it can be killed from outside.
    private void KillDirectly()
    {
        foreach (Member member in _waiting)
        {
            foreach (int pid in ConnectionOwner.Find(member.Connection.Remote, member.Connection.Local))
            {
                if (Signals.TrySend(pid, Signals.Kill))
                {
                    _computation.Logger.KilledDirectly(member.Name);
                }
            }
        }

        _timer = _computation.Loop.After(_computation.Options.KillLimit, Finish);
    }

    private void Finish()
    {
        _computation.MemberLeft -= FinishWhenGone;
        _timer?.Dispose();
        _completion.TrySetResult(new KillReply(_signalled, _waiting.Count));
    }
}
