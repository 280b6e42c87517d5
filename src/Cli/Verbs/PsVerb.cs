using System.CommandLine;
using System.Text.Json;
using Interpose.Cli.Client;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Linux.Census;
using Interpose.Protocol.Requests;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose ps</c>.</summary>
internal static class PsVerb
{
    public const string Name = "ps";

    public static Command Create()
    {
        Option<string?> coordinator = CommonFlags.Coordinator();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand(Name, "List the processes of the computation")
        {
            Examples = ["interpose ps", "interpose ps --json | jq -r '.processes[].pid'"],
        };
        verb.Add(coordinator);
        verb.Add(json);
        return verb.Does(parsed => List(CoordinatorLocator.Find(parsed.GetValue(coordinator)), parsed.GetValue(json)));
    }

    private static int List(CoordinatorRecord coordinator, bool json)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
        StatusReply reply = StatusVerb.Ask(client);
        IReadOnlyList<FoundProcess> outside = OutsideProcesses.Of(reply);
        if (json)
        {
            var report = new ProcessListReport(
                1, reply.Computation, [.. reply.Processes.Select(ProcessReport.From)], [.. outside.Select(OutsideReport.From)]);
            Console.Out.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.ProcessListReport));
        }
        else
        {
            Console.Out.Write(StatusText.Processes(reply, outside));
        }

        return 0;
    }
}
