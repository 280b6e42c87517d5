using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// Who the process was: its numbers, names and place.
/// </summary>
public sealed class ProcessIdentity
{
    private const int FieldCount = 15;

    /// <summary>Process id, as the process itself saw it.</summary>
    public int Pid { get; init; }

    /// <summary>Parent process id.</summary>
    public int ParentPid { get; init; }

    /// <summary>Process group id.</summary>
    public int ProcessGroup { get; init; }

    /// <summary>Session id.</summary>
    public int Session { get; init; }

    /// <summary>The host as the computation names it (the same as in the manifest and the image file name).</summary>
    public string Host { get; init; } = "";

    /// <summary>uname(2) nodename at the time of the checkpoint.</summary>
    public string HostName { get; init; } = "";

    /// <summary>uname(2) release at the time of the checkpoint.</summary>
    public string KernelRelease { get; init; } = "";

    /// <summary>Name of the main thread (/proc/PID/comm).</summary>
    public string Comm { get; init; } = "";

    /// <summary>Target of /proc/PID/exe.</summary>
    public string Executable { get; init; } = "";

    /// <summary>Target of /proc/PID/cwd.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>Target of /proc/PID/root; "/" unless the process is in a chroot.</summary>
    public string Root { get; init; } = "";

    /// <summary>argv. For people to read: the process finds its own in its memory.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>It was started by <c>interpose run</c>, not by another process of the computation.</summary>
    public bool IsRoot { get; init; }

    /// <summary>The signal its parent gets when it ends (clone(2), exit_signal): SIGCHLD for fork(2), 0 for none.</summary>
    public int ExitSignal { get; init; }

    /// <summary>
    /// The number that the kernel had given away last in the process's pid namespace (/proc/sys/kernel/ns_last_pid); the
    /// next process gets one behind it.
    /// </summary>
    public int LastPid { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Pid);
        writer.Write(ParentPid);
        writer.Write(ProcessGroup);
        writer.Write(Session);
        FieldWriter.Text(ref writer, Host);
        FieldWriter.Text(ref writer, HostName);
        FieldWriter.Text(ref writer, KernelRelease);
        FieldWriter.Text(ref writer, Comm);
        FieldWriter.Text(ref writer, Executable);
        FieldWriter.Text(ref writer, WorkingDirectory);
        FieldWriter.Text(ref writer, Root);
        FieldWriter.Texts(ref writer, Arguments);
        writer.Write(IsRoot);
        writer.Write(ExitSignal);
        writer.Write(LastPid);
    }

    public static ProcessIdentity Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ProcessIdentity
        {
            Pid = fields.Int32(ref reader),
            ParentPid = fields.Int32(ref reader),
            ProcessGroup = fields.Int32(ref reader),
            Session = fields.Int32(ref reader),
            Host = fields.Text(ref reader),
            HostName = fields.Text(ref reader),
            KernelRelease = fields.Text(ref reader),
            Comm = fields.Text(ref reader),
            Executable = fields.Text(ref reader),
            WorkingDirectory = fields.Text(ref reader),
            Root = fields.Text(ref reader),
            Arguments = fields.List(ref reader, "arguments", FieldReader.ReadText),
            IsRoot = fields.Boolean(ref reader),
            ExitSignal = fields.Int32(ref reader),
            LastPid = fields.Int32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
