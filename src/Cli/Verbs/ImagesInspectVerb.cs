using System.CommandLine;
using Interpose.Cli.Flags;
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
        Option<bool> plan = Flag.Switch("--plan", "Print the syscall program that a restart would execute");
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand("inspect", "Show what a checkpoint holds: memory, threads, files, sizes")
        {
            Examples =
            [
                "interpose images inspect",
                "interpose images inspect 20260314-150926-9f3a/4",
                "interpose images inspect --latest --plan",
            ],
        };
        verb.Add(target);
        verb.Add(latest);
        verb.Add(plan);
        verb.Add(directory);
        verb.Add(json);
        return verb.Does(result =>
        {
            var store = ImagesTarget.Store(result.GetValue(directory));
            string path = ImagesTarget.Resolve(store, result.GetValue(latest) ? null : result.GetValue(target));
            using Checkpoint checkpoint = Checkpoint.Open(path);
            if (result.GetValue(plan))
            {
                ImagesPlan.Print(checkpoint, Console.Out);
                return (int)ExitCode.Ok;
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

            return (int)ExitCode.Ok;
        });
    }
}
