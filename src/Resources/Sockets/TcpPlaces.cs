namespace Interpose.Resources.Sockets;

/// <summary>
/// The order of connections that wait to be accepted. The kernel does not tell it, but when each was made. A restart makes
/// them at nearly the same time: what is known once is remembered, also over a restart, as part of this process's memory.
/// </summary>
internal static class TcpPlaces
{
    private const int Range = 0x3fffffff;

    private static Dictionary<(ulong Local, ulong Peer), int> s_known = [];

    /// <summary>Grows with the time when a connection was made, ms.</summary>
    public static int Of(DescriptorFacts facts) => s_known[Key(facts)];

    /// <summary>Remembers those that wait now, and forgets all others.</summary>
    public static void Keep(IEnumerable<DescriptorFacts> connections)
    {
        var known = new Dictionary<(ulong Local, ulong Peer), int>();
        foreach (DescriptorFacts facts in connections)
        {
            if (facts.OtherEnd is { IsQueued: true } other)
            {
                known[Key(facts)] = s_known.TryGetValue(Key(facts), out int place) ? place : (int)(other.HeardAtMs & Range);
            }
        }

        s_known = known;
    }

    private static (ulong Local, ulong Peer) Key(DescriptorFacts facts) => (facts.Socket!.Local.Mark(), facts.Socket.Peer.Mark());
}
