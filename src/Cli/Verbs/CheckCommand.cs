using System.CommandLine;
using Interpose.Cli.Output;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose check</c>: will it work here, with this program, and if not, what to do.</summary>
public static class CheckCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var program = new Argument<string?>("PROGRAM")
        {
            Description = "A program to look at besides the machine",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> directory = ImagesOptions.CheckpointDirectory();
        Option<bool> json = ImagesOptions.Json();
        var command = new Command("check", "Look at this machine, and at a program, for what is in the way.")
        {
            program, directory, json,
        };
        command.SetAction(result => ImagesOptions.Run(() =>
        {
            List<CheckFinding> findings = [.. CheckMachine.Look(ImagesTarget.Root(result.GetValue(directory)))];
            if (result.GetValue(program) is { } name)
            {
                findings.AddRange(CheckProgram.Look(name));
            }

            if (result.GetValue(json))
            {
                using Stream output = Console.OpenStandardOutput();
                Json(output, findings);
            }
            else
            {
                Text(Console.Out, findings);
            }

            return findings.Any(f => f.Verdict == CheckVerdict.Fails) ? ExitCode.Unsupported : ExitCode.Ok;
        }));
        return command;
    }

    private static void Text(TextWriter output, List<CheckFinding> findings)
    {
        var table = new TextTable("VERDICT", "SUBJECT", "FINDING");
        foreach (CheckFinding finding in findings)
        {
            table.Add(Name(finding.Verdict), finding.Subject, finding.Detail);
            if (finding.Remedy.Length > 0)
            {
                table.Add("", "", $"-> {finding.Remedy}");
            }
        }

        table.WriteTo(output);
    }

    private static void Json(Stream output, List<CheckFinding> findings) => JsonReport.Write(output, json =>
    {
        json.WriteBoolean("works", findings.All(f => f.Verdict != CheckVerdict.Fails));
        json.Array("findings", findings, finding =>
        {
            json.WriteStartObject();
            json.WriteString("verdict", Name(finding.Verdict));
            json.WriteString("subject", Printable.Text(finding.Subject));
            json.WriteString("detail", Printable.Text(finding.Detail));
            json.WriteString("remedy", Printable.Text(finding.Remedy));
            json.WriteEndObject();
        });
    });

    private static string Name(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Works => "works",
        CheckVerdict.Limited => "limited",
        _ => "fails",
    };
}
