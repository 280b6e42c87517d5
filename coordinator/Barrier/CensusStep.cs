using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Finds out whether every process of the computation stands still: asks one process of each host who is there, waits
/// for those that have not joined, and asks again until nobody is unknown. A process forked an instant ago has not had
/// the time to join, and what it does now must not be missing from the checkpoint. Runs on the event loop.
/// </summary>
internal sealed class CensusStep
{
    // There is nothing to wait on for a process that ends without ever having joined: one has to look again. A newborn
    // joins within some 10 ms.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly IOperationHost _host;
    private readonly Roster _roster;
    private readonly CheckpointOrder _order;
    private readonly Action<ExitCode, string> _giveUp;
    private readonly Action _changed;
    private readonly Dictionary<string, HostCensus> _hosts = new(StringComparer.Ordinal);
    private readonly IDisposable _limit;

    /// <param name="host">The computation.</param>
    /// <param name="roster">Everybody who takes part.</param>
    /// <param name="order">The checkpoint.</param>
    /// <param name="giveUp">Called when the checkpoint cannot be made.</param>
    /// <param name="changed">Called when it may be complete.</param>
    public CensusStep(
        IOperationHost host, Roster roster, CheckpointOrder order, Action<ExitCode, string> giveUp, Action changed)
    {
        _host = host;
        _roster = roster;
        _order = order;
        _giveUp = giveUp;
        _changed = changed;
        _limit = host.Loop.After(Limit, TimedOut);
        foreach (string name in roster.Hosts.ToArray())
        {
            Ask(StateOf(name));
        }
    }

    /// <summary>How long to wait for processes that have not joined.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Everybody stands still.</summary>
    public bool IsComplete => _hosts.Values.All(h => h.IsComplete);

    /// <summary>What to say about processes that are left out, because that was asked for.</summary>
    public string Warning => _hosts.Values.All(h => h.Outside.Count == 0)
        ? string.Empty
        : "left out, and not there after a restart: " + Describe(_hosts.Values.SelectMany(h => h.Outside.Select(e => (h.Host, e))));

    /// <summary>A process has joined and is being suspended.</summary>
    public void Joined(Participant participant)
    {
        HostCensus state = StateOf(participant.Host);
        state.IsComplete = false;
        state.IsStale = state.Asked is not null;
        state.Suspending.Add(participant);
    }

    /// <summary>A process that had joined is suspended.</summary>
    public void Suspended(Participant participant)
    {
        HostCensus state = StateOf(participant.Host);
        state.Suspending.Remove(participant);
        Continue(state);
    }

    /// <summary>A process has ended, or called exec: it is not in the roster any more.</summary>
    public void Left(Participant participant)
    {
        HostCensus state = StateOf(participant.Host);
        state.Suspending.Remove(participant);
        state.IsComplete = false;
        if (state.Asked == participant)
        {
            state.Asked = null;
        }

        if (_roster.On(state.Host).Count == 0)
        {
            state.Timer?.Dispose();
            _hosts.Remove(state.Host);
        }
        else
        {
            Continue(state);
        }
    }

    /// <summary>What a process has found. False when it was not asked.</summary>
    public bool Answered(Participant participant, IReadOnlyList<CensusEntry> entries)
    {
        HostCensus state = StateOf(participant.Host);
        if (state.Asked != participant)
        {
            return false;
        }

        state.Asked = null;
        _roster.Settle(participant);
        CensusEntry[] unknown = [.. entries.Where(e => _roster.Find(state.Host, e.Pid) is null)];
        CensusEntry[] outside = [.. unknown.Where(e => e.Kind == CensusKind.Unmanaged)];

        // One that is seen for the first time may be over in a moment, as most commands are.
        CensusEntry[] staying = [.. outside.Where(e => state.Outside.Any(o => o.Pid == e.Pid))];
        state.Outside = outside;
        if (staying.Length > 0 && !_order.AllowUnmanaged)
        {
            _giveUp(
                ExitCode.Unsupported,
                $"{Describe(staying.Select(e => (state.Host, e)))} cannot be part of a checkpoint; "
                + "end what cannot be entered, or leave it out with --allow-unmanaged");
            return true;
        }

        state.Unknown = _order.AllowUnmanaged ? [.. unknown.Where(e => e.Kind != CensusKind.Unmanaged)] : unknown;
        bool isStale = state.IsStale;
        state.IsStale = false;
        if (state.Unknown.Count == 0 && !isStale && state.Suspending.Count == 0)
        {
            state.IsComplete = true;
            _changed();
        }
        else
        {
            Continue(state);
        }

        return true;
    }

    /// <summary>Nothing more will happen by itself.</summary>
    public void Stop()
    {
        _limit.Dispose();
        foreach (HostCensus state in _hosts.Values)
        {
            state.Timer?.Dispose();
        }
    }

    /// <summary>Names processes, each with what is known about it.</summary>
    internal static string Describe(IEnumerable<(string Host, CensusEntry Entry)> entries)
    {
        const int named = 5;
        (string Host, CensusEntry Entry)[] all = [.. entries];
        string text = string.Join(", ", all.Take(named).Select(e =>
            $"process {e.Entry.Pid} ({e.Entry.Command}) on {e.Host}"
            + (e.Entry.Remark.Length > 0 ? $" [{e.Entry.Remark}]" : string.Empty)));
        return all.Length > named ? $"{text} and {all.Length - named} more" : text;
    }

    private HostCensus StateOf(string host)
    {
        if (!_hosts.TryGetValue(host, out HostCensus? state))
        {
            _hosts.Add(host, state = new HostCensus(host));
        }

        return state;
    }

    // Looks again: at once when everybody who was missing has come, otherwise in a moment.
    private void Continue(HostCensus state)
    {
        if (state.Asked is not null || state.Suspending.Count > 0)
        {
            return;
        }

        if (state.Unknown.All(e => _roster.Find(state.Host, e.Pid) is not null))
        {
            state.Timer?.Dispose();
            state.Timer = null;
            Ask(state);
        }
        else
        {
            state.Timer ??= _host.Loop.After(s_pause, () =>
            {
                state.Timer = null;
                if (state.Asked is null && state.Suspending.Count == 0)
                {
                    Ask(state);
                }
            });
        }
    }

    private void Ask(HostCensus state)
    {
        // One whose connection is about to end would not answer. When there is no other, its successor will be asked.
        if (_roster.On(state.Host).FirstOrDefault(p => p is { Gone: false, Superseded: false, Done: Phase.Suspend }) is { } chosen)
        {
            state.Asked = chosen;
            _roster.Await(chosen);
            chosen.Member.Phase = Phase.Census;
            IEnumerable<int> known = _roster.On(state.Host).Where(p => !p.Gone).Select(p => p.Pid);

            // A coordinator that was started from inside the computation is no part of it.
            IEnumerable<int> self = chosen.Member.IsVisible ? [Environment.ProcessId] : [];
            chosen.Member.Connection.Send(new EnterPhaseMessage(_order.Epoch, Phase.Census)
            {
                Computation = _order.Computation,
                Known = [.. known.Concat(self)],
            });
        }
    }

    private void TimedOut()
    {
        (string Host, CensusEntry Entry)[] missing =
        [
            .. _hosts.Values.SelectMany(h => h.Unknown.Select(e => (h.Host, e))).Where(e => _roster.Find(e.Host, e.e.Pid) is null),
        ];
        if (missing.Length > 0)
        {
            _giveUp(
                ExitCode.Timeout,
                $"{Describe(missing)} did not join within {Limit.TotalSeconds:0} s and cannot be left behind; "
                + "let it go on or end it, then try again");
        }
    }
}
