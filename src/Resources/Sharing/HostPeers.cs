namespace Interpose.Resources.Sharing;

/// <summary>
/// What the other processes of the computation on this host hold of the objects that this process holds: the answer of
/// the barrier to what everybody told.
/// </summary>
public sealed class HostPeers
{
    private static readonly List<(int Pid, long Value)> s_nobody = [];
    private static readonly List<(string Host, long Value)> s_nowhere = [];
    private readonly Dictionary<SharedKey, List<(int Pid, long Value)>> _holders = [];
    private readonly Dictionary<SharedKey, List<(string Host, long Value)>> _anywhere = [];

    /// <summary>There are no others.</summary>
    public static HostPeers None { get; } = new();

    /// <summary>Who else holds what has one name on all hosts, and where.</summary>
    public IReadOnlyList<(string Host, long Value)> Anywhere(SharedKey key) => _anywhere.GetValueOrDefault(key, s_nowhere);

    public void Add(SharedKey key, int pid, string host, long value)
    {
        if (key.Kind >= SharedKind.TcpConnection)
        {
            if (!_anywhere.TryGetValue(key, out List<(string, long)>? all))
            {
                _anywhere[key] = all = [];
            }

            all.Add((host, value));
        }

        if (!_holders.TryGetValue(key, out List<(int, long)>? holders))
        {
            _holders[key] = holders = [];
        }

        holders.Add((pid, value));
    }

    /// <summary>Who else holds it, by ascending pid.</summary>
    public IReadOnlyList<(int Pid, long Value)> Of(SharedKey key) => _holders.GetValueOrDefault(key, s_nobody);
}
