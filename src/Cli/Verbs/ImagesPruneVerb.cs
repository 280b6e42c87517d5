using System.CommandLine;
using Interpose.Cli.Flags;
using Interpose.Cli.Output;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images prune</c></summary>
internal static class ImagesPruneVerb
{
    public static Command Create()
    {
        Option<int?> keep = Flag.Number("--keep", "N", "How many complete checkpoints of each computation stay");
        Option<string?> computation = ImagesOptions.Computation();
        Option<bool> incomplete = ImagesRemoveVerb.Incomplete();
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand("prune", "Remove all but the newest complete checkpoints of each computation")
        {
            Examples =
            [
                "interpose images prune --keep 3",
                "interpose images prune --keep 1 --incomplete",
            ],
        };
        verb.Add(keep);
        verb.Add(computation);
        verb.Add(incomplete);
        verb.Add(directory);
        verb.Add(json);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(keep) is not >= 1)
            {
                result.AddError("--keep N is needed, 1 or more; to remove everything use interpose images remove");
            }
        });
        return verb.Does(result =>
        {
            var store = ImagesTarget.Store(result.GetValue(directory));
            IReadOnlyList<CheckpointEntry> removed = store.Prune(
                result.GetValue(keep)!.Value, result.GetValue(computation), result.GetValue(incomplete));
            if (result.GetValue(json))
            {
                using Stream output = Console.OpenStandardOutput();
                Report(output, removed);
            }
            else
            {
                foreach (CheckpointEntry entry in removed)
                {
                    Console.Out.WriteLine(Printable.Text(entry.Directory));
                }

                ulong bytes = (ulong)removed.Sum(r => r.Bytes);
                Terminal.Note($"removed {removed.Count}, {Sizes.Format(bytes)}");
            }

            return (int)ExitCode.Ok;
        });
    }

    private static void Report(Stream output, IReadOnlyList<CheckpointEntry> removed) =>
        JsonReport.Write(output, json => json.Array("removed", removed, entry =>
        {
            json.WriteStartObject();
            json.WriteString("directory", Printable.Text(entry.Directory));
            json.WriteNumber("bytes", entry.Bytes);
            json.WriteEndObject();
        }));
}
