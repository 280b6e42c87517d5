using Interpose.Cli.Client;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Leaks;
using Interpose.Linux;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose check --leaks</c>: what the running computation shares with processes outside, on this host.</summary>
internal static class CheckLeaks
{
    public static int Show(CoordinatorRecord coordinator, bool json)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
        string computation = StatusVerb.Ask(client).Computation;
        IReadOnlyList<Leak> leaks;
        try
        {
            leaks = LeakScan.Run(computation);
        }
        catch (SyscallException e)
        {
            throw new CliException(ExitCode.Failure, $"the processes of this host cannot be looked at: {e.Message}");
        }

        if (json)
        {
            using Stream output = Console.OpenStandardOutput();
            Json(output, computation, leaks);
        }
        else
        {
            foreach (Leak leak in leaks)
            {
                Console.Out.WriteLine(Printable.Text(leak.ToString()) + (leak.IsReplaced ? " (a restart puts its own in its place)" : string.Empty));
            }

            if (leaks.Count == 0)
            {
                Terminal.Note($"computation {computation} shares nothing with processes outside that can be seen from here");
            }
        }

        return (int)(leaks.Count == 0 ? ExitCode.Ok : ExitCode.Unsupported);
    }

    private static void Json(Stream output, string computation, IReadOnlyList<Leak> leaks) => JsonReport.Write(output, json =>
    {
        json.WriteString("computation", computation);
        json.Array("leaks", leaks, leak =>
        {
            json.WriteStartObject();
            json.WriteNumber("pid", leak.Pid);
            json.WriteString("command", Printable.Text(leak.Command));
            json.WriteString("holder", leak.Holder);
            json.WriteString("object", Printable.Text(leak.Shared));
            json.WriteString("relation", Printable.Text(leak.Relation));
            json.WriteBoolean("isReplaced", leak.IsReplaced);
            json.WriteEndObject();
        });
    });
}
