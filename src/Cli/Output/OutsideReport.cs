using Interpose.Linux.Census;

namespace Interpose.Cli.Output;

/// <summary>A process that cannot be part of a checkpoint, as JSON.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="ParentPid">Process id of the parent.</param>
/// <param name="Host">Host name.</param>
/// <param name="Command">Short command name.</param>
/// <param name="Reason">Why it cannot be entered.</param>
internal sealed record OutsideReport(int Pid, int ParentPid, string Host, string Command, string Reason)
{
    /// <summary>From what was found on this host.</summary>
    public static OutsideReport From(FoundProcess process) =>
        new(process.Pid, process.ParentPid, Environment.MachineName, process.Command, process.Remark);
}
