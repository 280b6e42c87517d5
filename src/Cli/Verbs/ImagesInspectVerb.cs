using System.CommandLine;
using Interpose.Cli.Output;
using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images inspect</c></summary>
internal static class ImagesInspectVerb
{
    public static Command Create()
    {
        Argument<string?> target = ImagesOptions.Target();
        Option<bool> latest = ImagesOptions.Latest();
        Option<bool> plan = ImagesOptions.Flag(
            "--plan", "Print the syscall program that a restart would execute", "INTERPOSE_PLAN");
        Option<string?> directory = ImagesOptions.CheckpointDirectory();
        Option<bool> json = ImagesOptions.Json();
        var command = new Command("inspect", "Show what a checkpoint holds: memory, threads, files, sizes.")
        {
            target, latest, plan, directory, json,
        };
        command.SetAction(result => ImagesOptions.Run(() =>
        {
            var store = new CheckpointStore(ImagesTarget.Root(result.GetValue(directory)));
            string path = ImagesTarget.Resolve(store, result.GetValue(latest) ? null : result.GetValue(target));
            using Checkpoint checkpoint = Checkpoint.Open(path);
            if (result.GetValue(plan))
            {
                return ImagesPlan.Print(checkpoint, Console.Out);
            }

            if (result.GetValue(json))
            {
                using Stream output = Console.OpenStandardOutput();
                ImagesInspectJson.Write(output, checkpoint);
            }
            else
            {
                ImagesInspectText.Write(Console.Out, checkpoint);
            }

            return ExitCode.Ok;
        }));
        return command;
    }
}
