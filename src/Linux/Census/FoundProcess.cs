namespace Interpose.Linux.Census;

/// <summary>A process of a computation, found by looking at all processes.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="ParentPid">Process id of the parent.</param>
/// <param name="Command">Short command name (comm).</param>
/// <param name="CanBeEntered">It has the shim, or will have it in a moment.</param>
/// <param name="IsStopped">It is stopped (SIGSTOP, job control).</param>
/// <param name="Remark">For a person: why it cannot be entered, or what keeps it from joining; may be empty.</param>
public sealed record FoundProcess(int Pid, int ParentPid, string Command, bool CanBeEntered, bool IsStopped, string Remark);
