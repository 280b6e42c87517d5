using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Interpose.Cli.Output;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images list</c></summary>
internal static class ImagesListVerb
{
    public static Command Create()
    {
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        Option<string?> computation = ImagesOptions.Computation();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand("list", "List all checkpoints with their state, age and size")
        {
            Examples =
            [
                "interpose images list",
                "interpose images list --json --ckpt-dir /scratch/ckpt",
            ],
        };
        verb.Add(directory);
        verb.Add(computation);
        verb.Add(json);
        return verb.Does(result =>
        {
            var store = ImagesTarget.Store(result.GetValue(directory));
            string? only = result.GetValue(computation);
            IReadOnlyList<CheckpointEntry> all = [.. store.List().Where(c => only is null || c.Computation == only)];
            if (result.GetValue(json))
            {
                using Stream output = Console.OpenStandardOutput();
                JsonReport.Write(output, writer => Json(writer, store, all));
            }
            else
            {
                Text(Console.Out, store, all);
            }

            return (int)ExitCode.Ok;
        });
    }

    private static void Text(TextWriter output, CheckpointStore store, IReadOnlyList<CheckpointEntry> all)
    {
        if (all.Count == 0)
        {
            Console.Error.WriteLine($"interpose: no checkpoints in {Printable.Text(store.Root)}");
            return;
        }

        var table = new TableWriter("COMPUTATION", "EPOCH", "STATE", "CREATED", "PROCESSES", "SIZE", "PROGRAM");
        foreach (CheckpointEntry entry in all)
        {
            table.Add(
                entry.Computation,
                Text(entry.Epoch),
                State(entry, store),
                entry.Created.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                entry.Manifest is { } manifest ? Text(manifest.Processes.Count) : "",
                Sizes.Format((ulong)entry.Bytes),
                string.Join(", ", entry.Manifest?.Processes.Select(p => p.Comm).Distinct() ?? []));
        }

        output.Write(table);
        foreach (CheckpointEntry damaged in all.Where(c => c.Problem is not null))
        {
            Terminal.Error(Printable.Text(damaged.Problem!));
        }
    }

    private static void Json(Utf8JsonWriter json, CheckpointStore store, IReadOnlyList<CheckpointEntry> all)
    {
        json.WriteString("checkpointDirectory", Printable.Text(store.Root));
        json.Array("checkpoints", all, entry =>
        {
            json.WriteStartObject();
            json.WriteString("computation", Printable.Text(entry.Computation));
            json.WriteNumber("epoch", entry.Epoch);
            json.WriteString("state", State(entry, store));
            json.WriteString("directory", Printable.Text(entry.Directory));
            json.WriteString("created", entry.Created);
            json.WriteNumber("bytes", entry.Bytes);
            if (entry.Problem is { } problem)
            {
                json.WriteString("problem", Printable.Text(problem));
            }

            json.Array("processes", entry.Manifest?.Processes ?? [], process =>
            {
                json.WriteStartObject();
                json.WriteString("host", Printable.Text(process.Host));
                json.WriteNumber("pid", process.Pid);
                json.WriteNumber("parentPid", process.ParentPid);
                json.WriteString("name", Printable.Text(process.Comm));
                json.WriteString("executable", Printable.Text(process.Executable));
                json.WriteString("image", Printable.Text(process.ImageFile));
                json.WriteNumber("imageBytes", process.ImageSize);
                json.WriteEndObject();
            });
            json.WriteEndObject();
        });
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static string State(CheckpointEntry entry, CheckpointStore store) => entry.State switch
    {
        CheckpointState.Complete => "complete",
        CheckpointState.Damaged => "damaged",
        _ => store.IsStale(entry) ? "left over" : "incomplete",
    };
}
