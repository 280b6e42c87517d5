using Interpose.Protocol.Requests;

namespace Interpose.Cli.Output;

/// <summary>A process as JSON.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="ParentPid">Process id of the parent.</param>
/// <param name="Host">Host name.</param>
/// <param name="Command">Short command name.</param>
/// <param name="Executable">Path of the executable.</param>
/// <param name="UserId">User id.</param>
/// <param name="Phase">The phase it is in.</param>
/// <param name="Connected">When it joined.</param>
/// <param name="Restored">Whether it came out of an image.</param>
internal sealed record ProcessReport(
    int Pid,
    int ParentPid,
    string Host,
    string Command,
    string Executable,
    uint UserId,
    string Phase,
    DateTimeOffset Connected,
    bool Restored)
{
    /// <summary>From the coordinator's answer.</summary>
    public static ProcessReport From(ProcessStatus status) =>
        new(
            status.Pid, status.ParentPid, status.Host, status.Command, status.Executable, status.UserId,
            status.Phase.ToString(), DateTimeOffset.FromUnixTimeMilliseconds(status.ConnectedUnixMilliseconds), status.Restored);
}
