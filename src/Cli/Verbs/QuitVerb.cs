using System.CommandLine;
using Interpose.Cli.Client;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose quit</c>.</summary>
internal static class QuitVerb
{
    public const string Name = "quit";

    public static Command Create()
    {
        Option<string?> coordinator = CommonFlags.Coordinator();
        var verb = new VerbCommand(Name, "End the coordinator; processes go on without it")
        {
            Examples = ["interpose quit", "interpose kill && interpose quit"],
        };
        verb.Add(coordinator);
        return verb.Does(parsed =>
        {
            using CoordinatorClient client = CoordinatorClient.Connect(CoordinatorLocator.Find(parsed.GetValue(coordinator)));
            ResponseMessage response = client.Require(Verb.Quit);
            if (response.Message.Length > 0)
            {
                Terminal.Warning(response.Message);
            }

            client.WaitForEnd();
            return 0;
        });
    }
}
