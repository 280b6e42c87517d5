namespace Interpose.Coordinator.Barrier;

/// <summary>The hosts of the computation: those that have processes, and those whose processes are to come back.</summary>
internal sealed class HostRoll(IEnumerable<string> awaited)
{
    private readonly SortedDictionary<string, int> _present = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _awaited = new(awaited, StringComparer.Ordinal);

    /// <summary>Those whose processes are to come back.</summary>
    public IReadOnlyCollection<string> Awaited => _awaited;

    /// <summary>All of them, in order; a list that is replaced, not changed, so that it can be read anywhere.</summary>
    public IReadOnlyList<string> All { get; private set; } = [.. awaited.Order(StringComparer.Ordinal)];

    /// <summary>A process of the host has joined. True: the hosts are others than before.</summary>
    public bool Joined(string host)
    {
        _present[host] = _present.GetValueOrDefault(host) + 1;
        bool isNew = !_awaited.Remove(host) && _present[host] == 1;
        if (isNew)
        {
            Note();
        }

        return isNew;
    }

    /// <summary>A process of the host has left. True: the hosts are others than before.</summary>
    public bool Left(string host)
    {
        if (--_present[host] > 0)
        {
            return false;
        }

        _present.Remove(host);
        Note();
        return true;
    }

    private void Note() => All = [.. _present.Keys.Union(_awaited).Order(StringComparer.Ordinal)];
}
