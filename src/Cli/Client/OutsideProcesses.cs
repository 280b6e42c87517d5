using Interpose.Linux;
using Interpose.Linux.Census;
using Interpose.Protocol.Requests;

namespace Interpose.Cli.Client;

/// <summary>
/// Processes of a computation that cannot be part of a checkpoint. The coordinator never hears of them, so they are
/// looked for here, on this host.
/// </summary>
internal static class OutsideProcesses
{
    /// <summary>Those that cannot be entered; none where /proc cannot be read.</summary>
    public static IReadOnlyList<FoundProcess> Of(StatusReply reply)
    {
        IEnumerable<int> here = reply.Processes.Where(p => p.Host == Environment.MachineName).Select(p => p.Pid);
        try
        {
            return
            [
                .. new ProcessCensus(reply.Computation, here.Append(reply.CoordinatorPid).ToHashSet()).Take()
                    .Where(p => !p.CanBeEntered),
            ];
        }
        catch (SyscallException)
        {
            return [];
        }
    }
}
