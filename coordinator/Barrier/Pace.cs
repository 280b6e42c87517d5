using System.Globalization;
using Interpose.Protocol;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Finds out which host the others waited for: in each phase the one that was done last, and how long after half of the
/// processes were.
/// </summary>
internal sealed class Pace(TimeProvider time)
{
    private Phase _phase;
    private int _awaited;
    private long _begun;
    private long _half;
    private Phase _phaseOfSlowest;
    private TimeSpan _longest;
    private string _slowest = string.Empty;

    /// <summary>The host that cost most, in which phase and how much; empty when it was not worth a word.</summary>
    public string Slowest => _longest < Worthwhile
        ? string.Empty
        : string.Create(CultureInfo.InvariantCulture, $"{_slowest}: phase {_phaseOfSlowest} {_longest.TotalSeconds:0.0} s longer than half of all processes");

    /// <summary>What is less than this is no news.</summary>
    public static TimeSpan Worthwhile { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>A phase begins.</summary>
    public void Enter(Phase phase, int awaited)
    {
        (_phase, _awaited) = (phase, awaited);
        _begun = _half = time.GetTimestamp();
    }

    /// <summary>A process of a host is done; so many are not.</summary>
    public void Settled(string host, int left)
    {
        if (left >= _awaited / 2)
        {
            _half = time.GetTimestamp();
        }
        else if (left == 0 && time.GetElapsedTime(_half) is var lag && lag > _longest)
        {
            (_longest, _slowest, _phaseOfSlowest) = (lag, host, _phase);
        }
    }

    /// <summary>Who is waited for now, by host: those with most processes first.</summary>
    public string Waiting(Roster roster)
    {
        const int named = 5;
        List<(string Host, int Left, int All)> hosts =
        [
            .. roster.Hosts.Select(h => (Host: h, Left: roster.On(h).Count(p => p.IsAwaited), All: roster.On(h).Count))
                .Where(h => h.Left > 0).OrderByDescending(h => h.Left).ThenBy(h => h.Host, StringComparer.Ordinal),
        ];
        if (hosts.Count == 0)
        {
            return string.Empty;
        }

        string list = string.Join(", ", hosts.Take(named).Select(h =>
            string.Create(CultureInfo.InvariantCulture, $"{h.Host} ({h.Left} of {h.All} processes)")));
        string more = hosts.Count > named ? string.Create(CultureInfo.InvariantCulture, $" and {hosts.Count - named} more hosts") : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture, $"{list}{more}, for {time.GetElapsedTime(_begun).TotalSeconds:0.0} s");
    }
}
