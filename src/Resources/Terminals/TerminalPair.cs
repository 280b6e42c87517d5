using Interpose.Resources.Sharing;

namespace Interpose.Resources.Terminals;

/// <summary>Who in the computation holds the two ends of a pseudoterminal.</summary>
internal static class TerminalPair
{
    /// <summary>The master of this slave, or the slaves of this master, and further fds of the same end.</summary>
    /// <param name="masters">Which end is looked for.</param>
    /// <returns>Process and fd, this process's own included.</returns>
    public static IEnumerable<(int Pid, int Fd)> Holders(DescriptorFacts facts, DiscoveryContext context, bool masters)
    {
        TerminalFacts own = facts.Terminal!;
        IEnumerable<(int Pid, TerminalEnd End)> mine = context.All
            .Where(o => o.Terminal is { } t && t.Index == own.Index && AreSame(own, t))
            .Select(o => (context.Pid, TerminalEnd.Of(o.Fd, o.Terminal!)));

        // What is known by its file system is looked for by that; /dev/tty only tells the session.
        IEnumerable<(int Pid, TerminalEnd End)> others = context.Peers.Of(SharedInventory.TerminalKey(own.Index, 0))
            .Select(p => (p.Pid, End: TerminalEnd.FromValue(p.Value)))
            .Where(p => own.Instance != 0 && p.End.Instance == own.Instance);
        IEnumerable<(int Pid, TerminalEnd End)> members = own.Session == 0
            ? []
            : context.Peers.Of(SharedInventory.TerminalKey(own.Index, own.Session)).Select(p => (p.Pid, End: TerminalEnd.FromValue(p.Value)))
                .Where(p => own.Instance == 0 || p.End.Instance == 0 || p.End.Instance == own.Instance);
        return mine.Concat(others).Concat(members).Where(h => h.End.IsMaster == masters).Select(h => (h.Pid, h.End.Fd)).Distinct();
    }

    private static bool AreSame(TerminalFacts a, TerminalFacts b) =>
        a.Instance != 0 && b.Instance != 0 ? a.Instance == b.Instance : a.Session != 0 && a.Session == b.Session;
}
