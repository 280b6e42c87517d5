using System.CommandLine;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images</c>: look at, check and clear out checkpoints. Needs no coordinator.</summary>
public static class ImagesCommand
{
    /// <summary>The command with its verbs.</summary>
    public static Command Create() =>
        new("images", "List, inspect, verify and remove checkpoints.")
        {
            ImagesListVerb.Create(),
            ImagesInspectVerb.Create(),
            ImagesVerifyVerb.Create(),
            ImagesRemoveVerb.Create(),
            ImagesPruneVerb.Create(),
        };
}
