using System.CommandLine;
using Interpose.Cli.Flags;
using Interpose.Leaks;

namespace Interpose.Cli.Verbs;

/// <summary>Flags that several verbs share.</summary>
internal static class CommonFlags
{
    /// <summary>Which coordinator.</summary>
    public static Option<string?> Coordinator() =>
        Flag.Text("--coordinator", "HOST:PORT", "The coordinator to use instead of the default one");

    /// <summary>Machine-readable output.</summary>
    public static Option<bool> Json() => Flag.Switch("--json", "Print JSON with a schemaVersion");

    /// <summary>What is done about objects that are shared with processes outside.</summary>
    public static Option<string?> Leaks() =>
        Flag.Choice("--leaks", "When something is shared with processes outside: refuse, tell, or do not look", LeakPolicy.All);

    /// <summary>Where checkpoints go.</summary>
    public static Option<string?> CheckpointDirectory() =>
        Flag.Text("--ckpt-dir", "DIR", "Directory for checkpoints");
}
