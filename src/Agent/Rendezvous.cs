using Interpose.Protocol.Messages;
using Interpose.Resources.Sharing;

namespace Interpose.Agent;

/// <summary>What processes share, in the words of the protocol.</summary>
internal static class Rendezvous
{
    public static List<PublishedKey> Write(IEnumerable<SharedEntry> entries) =>
        [.. entries.Select(e => new PublishedKey((byte)e.Key.Kind, e.Key.A, e.Key.B, e.Value))];

    public static HostPeers Read(IEnumerable<FoundKey> found)
    {
        var peers = new HostPeers();
        foreach (FoundKey key in found)
        {
            peers.Add(new SharedKey((SharedKind)key.Kind, key.A, key.B), key.Pid, key.Host, key.Value);
        }

        return peers;
    }
}
