using System.CommandLine;
using Interpose.Cli.Flags;
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
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        var verb = new VerbCommand("remove", "Remove checkpoints")
        {
            Examples =
            [
                "interpose images remove 20260314-150926-9f3a/4",
                "interpose images remove --incomplete /scratch/ckpt/20260314-150926-9f3a/000005",
            ],
        };
        verb.Add(targets);
        verb.Add(incomplete);
        verb.Add(directory);
        return verb.Does(result =>
        {
            var store = ImagesTarget.Store(result.GetValue(directory));
            foreach (string target in result.GetValue(targets) ?? [])
            {
                string path = ImagesTarget.Expand(store, target);
                if (!Directory.Exists(path))
                {
                    throw new CliException(ExitCode.Failure, $"{target}: no such checkpoint, here or in {store.Root}");
                }

                store.Remove(CheckpointStore.Look(path), result.GetValue(incomplete));
                Console.Out.WriteLine(Printable.Text(path));
            }

            return (int)ExitCode.Ok;
        });
    }

    public static Option<bool> Incomplete() => Flag.Switch(
        "--incomplete",
        $"Also what an unfinished checkpoint left behind more than {CheckpointStore.StaleAfter.TotalHours:0} hour ago");
}
