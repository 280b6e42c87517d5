namespace Interpose.Leaks;

/// <summary>A process that was looked at.</summary>
/// <param name="Pid">Its number as the one who looks sees it.</param>
/// <param name="Command">Short command name (comm).</param>
/// <param name="Files">Its file descriptors; none where they may not be seen.</param>
internal sealed record ObservedProcess(int Pid, string Command, IReadOnlyList<ObservedFile> Files)
{
    /// <summary>How messages name it.</summary>
    public string Name => $"pid {Pid} ({Command})";
}
