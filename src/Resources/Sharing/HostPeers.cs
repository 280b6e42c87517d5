namespace Interpose.Resources.Sharing;

/// <summary>
/// What the other processes of the computation on this host hold of the objects that this process holds: the answer of
/// the barrier to what everybody told.
/// </summary>
public sealed class HostPeers
{
    private static readonly List<(int Pid, long Value)> s_nobody = [];
    private readonly Dictionary<SharedKey, List<(int Pid, long Value)>> _holders = [];

    /// <summary>There are no others.</summary>
    public static HostPeers None { get; } = new();

    public void Add(SharedKey key, int pid, long value)
    {
        if (!_holders.TryGetValue(key, out List<(int, long)>? holders))
        {
            _holders[key] = holders = [];
        }

        holders.Add((pid, value));
    }

    /// <summary>Who else holds it, by ascending pid.</summary>
    public IReadOnlyList<(int Pid, long Value)> Of(SharedKey key) => _holders.GetValueOrDefault(key, s_nobody);
}
