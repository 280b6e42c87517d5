using Interpose.Linux;
using Interpose.Linux.Census;
using Interpose.Protocol.Messages;

namespace Interpose.Agent;

/// <summary>Tells the coordinator which processes of the computation are on this host that it does not know.</summary>
internal static class Census
{
    /// <summary>Looks, and continues stopped ones that have not joined, held as members are that were stopped.</summary>
    /// <exception cref="SyscallException">/proc cannot be read.</exception>
    public static IReadOnlyList<CensusEntry> Take(EnterPhaseMessage request)
    {
        IReadOnlyList<FoundProcess> found = new ProcessCensus(request.Computation, request.Known.ToHashSet()).Take();
        foreach (FoundProcess process in found.Where(static p => p is { CanBeEntered: true, IsStopped: true }))
        {
            HoldSignal.TryContinueHeld(process.Pid);
        }

        return
        [
            .. found.Select(static p => new CensusEntry(
                p.Pid,
                p.ParentPid,
                p.Command,
                p.CanBeEntered ? CensusKind.Managed : CensusKind.Unmanaged,
                p.Remark)),
        ];
    }
}
