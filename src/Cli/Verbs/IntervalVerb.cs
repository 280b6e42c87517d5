using System.CommandLine;
using Interpose.Cli.Client;
using Interpose.Cli.Flags;
using Interpose.Cli.State;
using Interpose.Protocol;
using Interpose.Protocol.Requests;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose interval</c>.</summary>
internal static class IntervalVerb
{
    public const string Name = "interval";

    public static Command Create()
    {
        var time = new Argument<string>("T") { Description = "Time between checkpoints; 0 for no automatic checkpoints" };
        Option<string?> coordinator = CommonFlags.Coordinator();
        var verb = new VerbCommand(Name, "Set the time between automatic checkpoints")
        {
            Examples = ["interpose interval 10m", "interpose interval 0"],
        };
        verb.Add(time);
        verb.Add(coordinator);
        return verb.Does(parsed =>
        {
            using CoordinatorClient client = CoordinatorClient.Connect(CoordinatorLocator.Find(parsed.GetValue(coordinator)));
            client.Require(Verb.Configure, new ConfigureArguments((long)Parse(parsed.GetValue(time)!).TotalMilliseconds));
            return 0;
        });
    }

    private static TimeSpan Parse(string text)
    {
        try
        {
            return DurationText.Parse(text);
        }
        catch (FormatException e)
        {
            throw new CliException(ExitCode.Usage, e.Message);
        }
    }
}
