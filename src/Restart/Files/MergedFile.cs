using Interpose.Images.Metadata;

namespace Interpose.Restart.Files;

/// <summary>An open file description of the host, however many processes share it.</summary>
internal sealed class MergedFile(ProcessMetadata owner, OpenFileDescription file)
{
    /// <summary>The process whose record of it counts.</summary>
    public ProcessMetadata Owner { get; set; } = owner;

    public OpenFileDescription File { get; set; } = file;

    /// <summary>What each process that has it says of it.</summary>
    public List<OpenFileDescription> Records { get; } = [file];

    /// <summary>Slot of the supervisor's fd; 0: it is not made there.</summary>
    public int Slot { get; set; }

    /// <summary>A rule has put something else in its place.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>Files about a process, such as /proc/PID/maps, are there only when the process is.</summary>
    public bool IsAboutProcess =>
        File.Path.StartsWith("/proc/", StringComparison.Ordinal) && File.Path.Length > 6 && char.IsAsciiDigit(File.Path[6]);
}
