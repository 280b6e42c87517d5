namespace Interpose.Leaks;

/// <summary>A file descriptor as /proc/PID/fd shows it.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Fd">The number.</param>
/// <param name="Link">What the link says: a path, or "pipe:[9123]".</param>
internal readonly record struct ObservedFile(int Pid, int Fd, string Link)
{
    /// <summary>Where /proc has it.</summary>
    public string ProcPath => $"/proc/{Pid}/fd/{Fd}";

    /// <summary>A line of its /proc/PID/fdinfo, or "".</summary>
    public string Info(string name) => new Linux.StatusFile($"/proc/{Pid}/fdinfo/{Fd}")[name];
}
