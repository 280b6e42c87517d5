using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Brings together what processes published in Drain: each learns who else holds the kernel objects that it holds.
/// What a name means is up to the processes; here names are only compared, within one host or over all.
/// </summary>
internal sealed class Rendezvous
{
    private readonly Dictionary<(string Host, byte Kind, ulong A, ulong B), SharedName> _published = [];

    public Rendezvous(IEnumerable<Participant> participants)
    {
        foreach (Participant participant in participants)
        {
            foreach (PublishedKey key in participant.Published)
            {
                if (!_published.TryGetValue(NameOf(participant, key), out SharedName? name))
                {
                    _published.Add(NameOf(participant, key), name = new SharedName());
                }

                name.Add(participant, key);
            }
        }
    }

    /// <summary>
    /// What others published (<see cref="FoundKey"/>) under the names that one published, in the order of those, and for each by
    /// process id, then value.
    /// </summary>
    public EncodedList FoundBy(Participant participant)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        var seen = new HashSet<SharedName>(participant.Published.Count);
        int count = 0;
        foreach (PublishedKey key in participant.Published)
        {
            SharedName name = _published[NameOf(participant, key)];
            if (seen.Add(name))
            {
                count += name.AddOthers(participant, pieces);
            }
        }

        return new EncodedList(count, pieces);
    }

    private static (string Host, byte Kind, ulong A, ulong B) NameOf(Participant participant, PublishedKey key) =>
        (key.Kind >= PublishedKey.FirstGlobalKind ? string.Empty : participant.Host, key.Kind, key.A, key.B);
}
