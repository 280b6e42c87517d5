using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>What one look at the queue of a unix socket has shown.</summary>
/// <param name="length">Bytes.</param>
/// <param name="isTruncated">There was more with it than could be seen.</param>
internal sealed class UnixPart(int length, bool isTruncated)
{
    public int Length { get; } = length;

    public bool IsTruncated { get; } = isTruncated;

    /// <summary>Copies of what came with it, in the agent's table.</summary>
    public List<int> Descriptors { get; } = [];

    public PeerCredentials Sender { get; set; }

    /// <summary>The copies are not needed.</summary>
    public void Close() => Descriptors.ForEach(static fd => Sys.Close(fd));
}
