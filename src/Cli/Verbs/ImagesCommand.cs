using System.CommandLine;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images</c>: look at, check and clear out checkpoints. Needs no coordinator.</summary>
internal static class ImagesCommand
{
    public const string Name = "images";

    public static Command Create() =>
        new VerbCommand(Name, "List, inspect, verify and remove checkpoints")
        {
            Examples =
            [
                "interpose images list",
                "interpose images inspect --latest",
                "interpose images verify --all",
                "interpose images prune --keep 3",
            ],
            Subcommands =
            {
                ImagesListVerb.Create(),
                ImagesInspectVerb.Create(),
                ImagesVerifyVerb.Create(),
                ImagesRemoveVerb.Create(),
                ImagesPruneVerb.Create(),
            },
        };
}
