using System.CommandLine;
using Interpose.Cli.Flags;
using Interpose.Cli.Output;
using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose images verify</c></summary>
internal static class ImagesVerifyVerb
{
    public static Command Create()
    {
        Argument<string?> target = ImagesOptions.Target();
        Option<bool> latest = ImagesOptions.Latest();
        Option<bool> all = Flag.Switch("--all", "Every checkpoint that has a manifest");
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand("verify", "Read every byte of a checkpoint and compare it with its checksums")
        {
            Examples =
            [
                "interpose images verify --latest",
                "interpose images verify --all",
            ],
        };
        verb.Add(target);
        verb.Add(latest);
        verb.Add(all);
        verb.Add(directory);
        verb.Add(json);
        return verb.Does(result =>
        {
            var store = ImagesTarget.Store(result.GetValue(directory));
            string[] directories = result.GetValue(all)
                ? [.. store.List().Where(c => c.State != CheckpointState.Incomplete).Select(c => c.Directory)]
                : [ImagesTarget.Resolve(store, result.GetValue(latest) ? null : result.GetValue(target))];
            Finding[] findings = [.. directories.Select(Verify)];
            if (result.GetValue(json))
            {
                using Stream output = Console.OpenStandardOutput();
                Report(output, findings);
            }
            else
            {
                Report(findings);
            }

            return findings.All(f => f.Problem is null) ? (int)ExitCode.Ok : (int)ExitCode.ImageInvalid;
        });
    }

    private static Finding Verify(string directory)
    {
        try
        {
            using Checkpoint checkpoint = Checkpoint.Open(directory);
            checkpoint.VerifyData();
            ulong bytes = checkpoint.Manifest.Processes.Aggregate(0ul, (sum, p) => sum + p.ImageSize);
            return new Finding(directory, checkpoint.Images.Count, bytes, null);
        }
        catch (ImageException e)
        {
            return new Finding(directory, 0, 0, e.Message);
        }
    }

    private static void Report(Finding[] findings)
    {
        foreach (Finding finding in findings)
        {
            if (finding.Problem is { } problem)
            {
                Terminal.Error(Printable.Text(problem));
            }
            else
            {
                Console.Out.WriteLine(
                    $"{Printable.Text(finding.Directory)}: good, {finding.Images} image{(finding.Images == 1 ? "" : "s")}, {Sizes.Format(finding.Bytes)}");
            }
        }
    }

    private static void Report(Stream output, Finding[] findings) =>
        JsonReport.Write(output, json => json.Array("checkpoints", findings, finding =>
        {
            json.WriteStartObject();
            json.WriteString("directory", Printable.Text(finding.Directory));
            json.WriteBoolean("good", finding.Problem is null);
            json.WriteNumber("images", finding.Images);
            json.WriteNumber("bytes", finding.Bytes);
            if (finding.Problem is { } problem)
            {
                json.WriteString("problem", Printable.Text(problem));
            }

            json.WriteEndObject();
        }));

    private sealed record Finding(string Directory, int Images, ulong Bytes, string? Problem);
}
