using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Brings together what processes published in Drain: each learns who else holds the kernel objects that it holds.
/// What a name means is up to the processes; here names are only compared, within one host or over all.
/// </summary>
internal sealed class Rendezvous
{
    private readonly Dictionary<(string Host, byte Kind, ulong A, ulong B), List<(Participant Owner, long Value)>> _published = [];

    public Rendezvous(IEnumerable<Participant> participants)
    {
        foreach (Participant participant in participants)
        {
            foreach (PublishedKey key in participant.Published)
            {
                if (!_published.TryGetValue(NameOf(participant, key), out List<(Participant, long)>? holders))
                {
                    _published.Add(NameOf(participant, key), holders = []);
                }

                holders.Add((participant, key.Value));
            }
        }
    }

    /// <summary>What others published under the names that one published, by process id, then value.</summary>
    public IReadOnlyList<FoundKey> FoundBy(Participant participant)
    {
        var found = new List<FoundKey>();
        var seen = new HashSet<(string, byte, ulong, ulong)>();
        foreach (PublishedKey key in participant.Published)
        {
            if (!seen.Add(NameOf(participant, key)))
            {
                continue;
            }

            foreach ((Participant owner, long value) in _published[NameOf(participant, key)])
            {
                if (owner != participant)
                {
                    found.Add(new FoundKey(key.Kind, key.A, key.B, owner.Pid, owner.Host, value));
                }
            }
        }

        found.Sort(static (x, y) =>
            (x.Pid, x.Value, x.Kind, x.A, x.B).CompareTo((y.Pid, y.Value, y.Kind, y.A, y.B)) is var order and not 0
                ? order
                : string.CompareOrdinal(x.Host, y.Host));
        return found;
    }

    private static (string Host, byte Kind, ulong A, ulong B) NameOf(Participant participant, PublishedKey key) =>
        (key.Kind >= PublishedKey.FirstGlobalKind ? string.Empty : participant.Host, key.Kind, key.A, key.B);
}
