using System.CommandLine;
using Interpose.Cli.Output;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images remove</c></summary>
internal static class ImagesRemoveVerb
{
    public static Command Create()
    {
        var targets = new Argument<string[]>("DIR")
        {
            Description = "Checkpoints to remove: directories or COMPUTATION/EPOCH",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> incomplete = Incomplete();
        Option<string?> directory = ImagesOptions.CheckpointDirectory();
        var command = new Command("remove", "Remove checkpoints.") { targets, incomplete, directory };
        command.SetAction(result => ImagesOptions.Run(() =>
        {
            var store = new CheckpointStore(ImagesTarget.Root(result.GetValue(directory)));
            foreach (string target in result.GetValue(targets) ?? [])
            {
                // One without a usable manifest can only be named by its directory.
                string path = Directory.Exists(target) ? target : ImagesTarget.Resolve(store, target);
                store.Remove(CheckpointStore.Look(path), result.GetValue(incomplete));
                Console.Out.WriteLine(Printable.Text(path));
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    public static Option<bool> Incomplete() => ImagesOptions.Flag(
        "--incomplete",
        $"Also what an unfinished checkpoint left behind more than {CheckpointStore.StaleAfter.TotalHours:0} hour ago",
        "INTERPOSE_INCOMPLETE");
}
