using System.CommandLine;
using Interpose.Cli.Output;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images prune</c></summary>
internal static class ImagesPruneVerb
{
    private const string KeepVariable = "INTERPOSE_KEEP";

    public static Command Create()
    {
        var keep = new Option<int?>("--keep")
        {
            Description = $"How many complete checkpoints of each computation stay ({KeepVariable})",
            HelpName = "N",
        };
        Option<string?> computation = ImagesOptions.Computation();
        Option<bool> incomplete = ImagesRemoveVerb.Incomplete();
        Option<string?> directory = ImagesOptions.CheckpointDirectory();
        Option<bool> json = ImagesOptions.Json();
        var command = new Command("prune", "Remove all but the newest complete checkpoints of each computation.")
        {
            keep, computation, incomplete, directory, json,
        };
        command.Validators.Add(result =>
        {
            if (Keep(result.GetValue(keep)) is not >= 1)
            {
                result.AddError("--keep N is needed, 1 or more; to remove everything use interpose images remove");
            }
        });
        command.SetAction(result => ImagesOptions.Run(() =>
        {
            var store = new CheckpointStore(ImagesTarget.Root(result.GetValue(directory)));
            IReadOnlyList<CheckpointEntry> removed = store.Prune(
                Keep(result.GetValue(keep))!.Value, result.GetValue(computation), result.GetValue(incomplete));
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
                Console.Error.WriteLine($"interpose: removed {removed.Count}, {ByteSize.Text(bytes)}");
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    private static int? Keep(int? option) =>
        option ?? (int.TryParse(ImagesOptions.Value(KeepVariable), out int value) ? value : null);

    private static void Report(Stream output, IReadOnlyList<CheckpointEntry> removed) =>
        JsonReport.Write(output, json => json.Array("removed", removed, entry =>
        {
            json.WriteStartObject();
            json.WriteString("directory", Printable.Text(entry.Directory));
            json.WriteNumber("bytes", entry.Bytes);
            json.WriteEndObject();
        }));
}
