using System.CommandLine;
using System.Text.Json;
using Interpose.Cli.Client;
using Interpose.Cli.Flags;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Linux.Census;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose status</c>.</summary>
internal static class StatusVerb
{
    public const string Name = "status";

    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        Option<bool> watch = Flag.Switch("--watch", "Report again every second until interrupted");
        Option<string?> coordinator = CommonFlags.Coordinator();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand(Name, "Show the state of the computation")
        {
            Examples = ["interpose status", "interpose status --watch", "interpose status --json | jq .lastCheckpoint.path"],
        };
        verb.Add(watch);
        verb.Add(coordinator);
        verb.Add(json);
        return verb.Does(parsed => Report(
            CoordinatorLocator.Find(parsed.GetValue(coordinator)), parsed.GetValue(watch), parsed.GetValue(json)));
    }

    /// <summary>Asks a coordinator for its state.</summary>
    public static StatusReply Ask(CoordinatorClient client) =>
        MessageCodec.ReadRecord<StatusReply>(client.Require(Verb.Status).Payload);

    private static int Report(CoordinatorRecord coordinator, bool watch, bool json)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
        bool redraw = watch && !json && !Console.IsOutputRedirected;
        while (true)
        {
            StatusReply reply = Ask(client);
            IReadOnlyList<FoundProcess> outside = OutsideProcesses.Of(reply);
            string text = json
                ? JsonSerializer.Serialize(StatusReport.From(reply, outside), ReportJson.Default.StatusReport) + "\n"
                : StatusText.Status(reply, outside)
                    + (watch && reply.Processes.Count > 0 ? "\n" + StatusText.Processes(reply, outside) : string.Empty);
            Console.Out.Write(redraw ? "\e[H\e[2J" + text : text);
            Console.Out.Flush();
            if (!watch)
            {
                return 0;
            }

            Thread.Sleep(Refresh);
        }
    }
}
