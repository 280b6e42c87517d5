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
        HashSet<Member> killed = _signal == Signals.Kill ? KillTogether() : [];
        foreach (Member member in _waiting.Where(m => !killed.Contains(m)))
        {
            member.Connection.Send(new KillMessage(_signal));
        }

        if (_signal != Signals.Kill || _waiting.Count == 0)
        {
            return Task.FromResult(new KillReply(_signalled, _waiting.Count));
        }

        _computation.MemberLeft += FinishWhenGone;
        _timer = _computation.Loop.After(_computation.Options.KillLimit, Finish);
        return _completion.Task;
    }

    /// <summary>
    /// Kills those that are on this host: even a stopped one, which could not signal itself. A parent that sees its child
    /// die begins to clean up, and what it removes a restart would miss: so parents die before their children.
    /// </summary>
    /// <returns>Whom it could signal.</returns>
    private HashSet<Member> KillTogether()
    {
        Dictionary<Member, List<int>> owners = ConnectionOwner.Find(_waiting);
        Dictionary<int, Member> byPid = _waiting.GroupBy(m => m.Hello.Pid).ToDictionary(g => g.Key, g => g.First());
        var killed = new HashSet<Member>();
        foreach ((Member member, List<int> pids) in owners.OrderBy(o => Depth(o.Key, byPid)))
        {
            foreach (int pid in pids.Where(p => Signals.TrySend(p, Signals.Kill)))
            {
                killed.Add(member);
            }
        }

        return killed;
    }

    /// <summary>How many ancestors it has among those that are killed.</summary>
    private static int Depth(Member member, Dictionary<int, Member> byPid)
    {
        int depth = 0;
        while (depth < byPid.Count && byPid.TryGetValue(member.Hello.ParentPid, out Member? parent))
        {
            member = parent;
            depth++;
        }

        return depth;
    }

    private void FinishWhenGone()
    {
        _waiting.IntersectWith(_computation.Members);
        if (_waiting.Count == 0)
        {
            Finish();
        }
    }

    private void Finish()
    {
        _computation.MemberLeft -= FinishWhenGone;
        _timer?.Dispose();
        _completion.TrySetResult(new KillReply(_signalled, _waiting.Count));
    }
}
