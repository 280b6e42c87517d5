using System.CommandLine;
using System.Text.Json;
using Interpose.Cli.Client;
using Interpose.Cli.Flags;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose kill</c>.</summary>
internal static class KillVerb
{
    public const string Name = "kill";

    private const int SigKill = 9;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Command Create()
    {
        Option<int?> signal = Flag.Number("--signal", "N", "Signal to send instead of 9 (SIGKILL)");
        Option<string?> coordinator = CommonFlags.Coordinator();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand(Name, "End all processes of the computation; checkpoints stay")
        {
            Examples = ["interpose kill", "interpose kill --signal 15"],
        };
        verb.Add(signal);
        verb.Add(coordinator);
        verb.Add(json);
        return verb.Does(parsed =>
            Kill(CoordinatorLocator.Find(parsed.GetValue(coordinator)), parsed.GetValue(signal) ?? SigKill, parsed.GetValue(json)));
    }

    private static int Kill(CoordinatorRecord coordinator, int signal, bool json)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
        ResponseMessage response = client.Request(Verb.Kill, new KillArguments(signal), Limit);
        if (response.Payload.Length <= RawField.Empty.Length)
        {
            CoordinatorClient.Checked(response);
        }

        KillReply reply = MessageCodec.ReadRecord<KillReply>(response.Payload);
        if (json)
        {
            Console.Out.WriteLine(
                JsonSerializer.Serialize(new KillReport(1, reply.Signalled, reply.Remaining), ReportJson.Default.KillReport));
        }
        else
        {
            Terminal.Note($"signal {signal} sent to {reply.Signalled} processes");
        }

        if (response.Code != ExitCode.Ok)
        {
            Terminal.Error(response.Message);
        }

        return (int)response.Code;
    }
}
