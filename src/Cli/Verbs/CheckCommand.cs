using System.CommandLine;
using Interpose.Cli.Flags;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose check</c>: will it work here, with this program, and if not, what to do.</summary>
internal static class CheckCommand
{
    public const string Name = "check";

    public static Command Create()
    {
        var program = new Argument<string?>("PROGRAM")
        {
            Description = "A program to look at besides the machine",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        Option<bool> leaks = Flag.Switch("--leaks", "Show what the running computation shares with processes outside; ends with 7 when there is something");
        Option<string?> coordinator = CommonFlags.Coordinator();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand(Name, "Look at this machine, and at a program, for what is in the way")
        {
            Examples =
            [
                "interpose check",
                "interpose check ./solver",
                "interpose check --json python3",
                "interpose check --leaks",
            ],
        };
        verb.Add(program);
        verb.Add(directory);
        verb.Add(leaks);
        verb.Add(coordinator);
        verb.Add(json);
        return verb.Does(result =>
        {
            if (result.GetValue(leaks))
            {
                return CheckLeaks.Show(CoordinatorLocator.Find(result.GetValue(coordinator)), result.GetValue(json));
            }

            List<CheckFinding> findings = [.. CheckMachine.Look(ImagesTarget.Store(result.GetValue(directory)).Root)];
            if (result.GetValue(program) is { } name)
            {
                findings.Add(CheckProgram.Look(name));
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

            return findings.Any(f => f.Verdict == CheckVerdict.Fails) ? (int)ExitCode.Unsupported : (int)ExitCode.Ok;
        });
    }

    private static void Text(TextWriter output, List<CheckFinding> findings)
    {
        var table = new TableWriter("VERDICT", "SUBJECT", "FINDING");
        foreach (CheckFinding finding in findings)
        {
            table.Add(VerdictName(finding.Verdict), finding.Subject, finding.Detail);
            if (finding.Remedy.Length > 0)
            {
                table.Add("", "", $"-> {finding.Remedy}");
            }
        }

        output.Write(table);
    }

    private static void Json(Stream output, List<CheckFinding> findings) => JsonReport.Write(output, json =>
    {
        json.WriteBoolean("works", findings.All(f => f.Verdict != CheckVerdict.Fails));
        json.Array("findings", findings, finding =>
        {
            json.WriteStartObject();
            json.WriteString("verdict", VerdictName(finding.Verdict));
            json.WriteString("subject", Printable.Text(finding.Subject));
            json.WriteString("detail", Printable.Text(finding.Detail));
            json.WriteString("remedy", Printable.Text(finding.Remedy));
            json.WriteEndObject();
        });
    });

    private static string VerdictName(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Works => "works",
        CheckVerdict.Limited => "limited",
        _ => "fails",
    };
}
