namespace Interpose.Coordinator.Barrier;

/// <summary>
/// The processes of one operation, and how many of them it waits for: counted, so that a report costs the same
/// however many processes there are.
/// </summary>
internal sealed class Roster
{
    private readonly Dictionary<Member, Participant> _members = [];
    private readonly Dictionary<(string Host, int Pid), Participant> _numbers = [];
    private readonly Dictionary<string, HashSet<Participant>> _hosts = new(StringComparer.Ordinal);

    public int Count => _members.Count;

    /// <summary>How many are waited for.</summary>
    public int Awaited { get; private set; }

    public IReadOnlyCollection<Participant> All => _members.Values;

    public bool SpansHosts => _hosts.Count > 1;

    public IEnumerable<string> Hosts => _hosts.Keys;

    public Participant? Find(Member member) => _members.GetValueOrDefault(member);

    /// <summary>The process that has a number on a host; the younger one when a connection that is about to end has it too.</summary>
    public Participant? Find(string host, int pid) => _numbers.GetValueOrDefault((host, pid));

    public IReadOnlyCollection<Participant> On(string host) =>
        _hosts.TryGetValue(host, out HashSet<Participant>? found) ? found : [];

    public Participant Add(Member member)
    {
        var participant = new Participant(member);
        _members.Add(member, participant);
        _numbers[(participant.Host, participant.Pid)] = participant;
        if (!_hosts.TryGetValue(participant.Host, out HashSet<Participant>? onHost))
        {
            _hosts.Add(participant.Host, onHost = []);
        }

        onHost.Add(participant);
        return participant;
    }

    public void Remove(Participant participant)
    {
        Settle(participant);
        _members.Remove(participant.Member);
        (string, int) number = (participant.Host, participant.Pid);
        if (_numbers.GetValueOrDefault(number) == participant)
        {
            _numbers.Remove(number);
        }

        HashSet<Participant> onHost = _hosts[participant.Host];
        onHost.Remove(participant);
        if (onHost.Count == 0)
        {
            _hosts.Remove(participant.Host);
        }
    }

    /// <summary>Begins to wait for those, and for nobody else.</summary>
    public void AwaitAll(Func<Participant, bool> which)
    {
        Awaited = 0;
        foreach (Participant participant in _members.Values)
        {
            participant.IsAwaited = false;
            if (which(participant))
            {
                Await(participant);
            }
        }
    }

    /// <summary>Begins to wait for one.</summary>
    public void Await(Participant participant)
    {
        if (!participant.IsAwaited)
        {
            participant.IsAwaited = true;
            Awaited++;
        }
    }

    /// <summary>Is no longer waiting for one.</summary>
    public void Settle(Participant participant)
    {
        if (participant.IsAwaited)
        {
            participant.IsAwaited = false;
            Awaited--;
        }
    }
}
