using Interpose.Linux.Census;
using Interpose.Protocol.Messages;

namespace Interpose.Agent;

/// <summary>Tells the coordinator which processes of the computation are on this host that it does not know.</summary>
internal static class Census
{
    /// <exception cref="Linux.SyscallException">/proc cannot be read.</exception>
    public static IReadOnlyList<CensusEntry> Take(EnterPhaseMessage request) =>
    [
        .. new ProcessCensus(request.Computation, request.Known.ToHashSet()).Take().Select(static p => new CensusEntry(
            p.Pid,
            p.ParentPid,
            p.Command,
            p.CanBeEntered ? CensusKind.Managed : CensusKind.Unmanaged,
            p.Remark)),
    ];
}
