using Interpose.Linux;
using Interpose.Resources.Sharing;

namespace Interpose.Resources.Sockets;

/// <summary>
/// A computation that is about to be ended after its checkpoint closes the connections between its own processes by a
/// reset (SO_LINGER of 0, socket(7)): in TIME_WAIT their ports would not be free for the restart. Undone when the
/// computation goes on after all.
/// </summary>
public sealed unsafe class AbortiveClose
{
    private const int SolSocket = 1, Linger = 13;
    private const int Size = 8; // struct linger

    private readonly List<(int Fd, ulong Before)> _changed = [];

    /// <summary>Makes ready.</summary>
    public AbortiveClose(IEnumerable<DescriptorFacts> all, HostPeers peers)
    {
        foreach (DescriptorFacts facts in all)
        {
            if (facts.Socket is { IsTcp: true, IsConnected: true } socket && peers.Of(SharedInventory.TcpKey(socket)).Count > 0)
            {
                using var borrowed = new BorrowedDescriptor(facts.Fd);
                ulong before = 0, atOnce = 1;
                int length = Size;
                Sys.Try(SyscallNumber.Getsockopt, (ulong)borrowed.Fd, SolSocket, Linger, (ulong)&before, (ulong)&length);
                Sys.Try(SyscallNumber.Setsockopt, (ulong)borrowed.Fd, SolSocket, Linger, (ulong)&atOnce, Size);
                _changed.Add((facts.Fd, before));
            }
        }
    }

    /// <summary>As it was.</summary>
    public void Undo()
    {
        foreach ((int fd, ulong before) in _changed)
        {
            ulong value = before;
            using var borrowed = new BorrowedDescriptor(fd);
            Sys.Try(SyscallNumber.Setsockopt, (ulong)borrowed.Fd, SolSocket, Linger, (ulong)&value, Size);
        }
    }
}
