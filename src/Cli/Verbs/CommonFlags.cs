using System.CommandLine;
using Interpose.Cli.Flags;

namespace Interpose.Cli.Verbs;

/// <summary>Flags that several verbs share.</summary>
internal static class CommonFlags
{
    /// <summary>Which coordinator.</summary>
    public static Option<string?> Coordinator() =>
        Flag.Text("--coordinator", "HOST:PORT", "The coordinator to use instead of the default one");

    /// <summary>Machine-readable output.</summary>
    public static Option<bool> Json() => Flag.Switch("--json", "Print JSON with a schemaVersion");

    /// <summary>Where checkpoints go.</summary>
    public static Option<string?> CheckpointDirectory() =>
        Flag.Text("--ckpt-dir", "DIR", "Directory for checkpoints");
}
