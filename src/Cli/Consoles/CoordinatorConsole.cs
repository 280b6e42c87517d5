using Interpose.Cli.Client;
using Interpose.Cli.Flags;
using Interpose.Cli.Output;
using Interpose.Coordinator.Server;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Cli.Consoles;

/// <summary>The console of a coordinator: one command per line, from a terminal or a pipe.</summary>
internal sealed class CoordinatorConsole(CoordinatorServer server)
{
    private const int SigKill = 9;

    private readonly LineEditor _editor = new();

    private const string Help = """
        l,  list             processes
        s,  status           state of the computation
        c,  checkpoint       take a checkpoint
        kc, checkpoint-stop  take a checkpoint and end the processes
        i N, interval N      checkpoint every N seconds (or 10m, 1h; 0: never)
        k,  kill             end the processes
        q,  quit             end the coordinator; processes go on
        ?,  help             this text
        """;

    /// <summary>Reads and executes commands until the input ends, or one of them ends the coordinator.</summary>
    public void Run()
    {
        while (ReadLine() is { } line)
        {
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && !Execute(words))
            {
                return;
            }
        }
    }

    // Editing needs a terminal at both ends; otherwise it is a pipe, and gets no prompt either.
    private string? ReadLine() =>
        Console.IsInputRedirected || Console.IsOutputRedirected ? Console.In.ReadLine() : _editor.ReadLine("interpose> ");

    private bool Execute(string[] words)
    {
        switch (words[0])
        {
            case "l" or "list":
                Show(Request(Verb.Status), static (StatusReply r) => StatusText.Processes(r, OutsideProcesses.Of(r)));
                break;
            case "s" or "status":
                Show(Request(Verb.Status), static (StatusReply r) => StatusText.Status(r, OutsideProcesses.Of(r)));
                break;
            case "c" or "checkpoint":
                Checkpoint(stop: false);
                break;
            case "kc" or "checkpoint-stop":
                Checkpoint(stop: true);
                break;
            case "i" or "interval":
                Interval(words);
                break;
            case "k" or "kill":
                Show(
                    server.RequestAsync(Verb.Kill, new KillArguments(SigKill)).GetAwaiter().GetResult(),
                    static (KillReply r) => $"{r.Signalled} processes killed\n");
                break;
            case "q" or "quit":
                Request(Verb.Quit);
                return false;
            case "?" or "help":
                Console.Out.WriteLine(Help);
                break;
            default:
                Terminal.Error($"'{words[0]}' is no command; '?' shows all");
                break;
        }

        return true;
    }

    private ResponseMessage Request(string verb) => server.RequestAsync(verb).GetAwaiter().GetResult();

    private void Checkpoint(bool stop) =>
        Show(
            server.RequestAsync(Verb.Checkpoint, new CheckpointArguments(Wait: true, stop, 0)).GetAwaiter().GetResult(),
            static (CheckpointReply r) =>
                $"{r.Path}\n{Sizes.Format(r.ImageBytes)}, paused {DurationText.Format(TimeSpan.FromMicroseconds(r.PauseMicroseconds))}, "
                + $"took {DurationText.Format(TimeSpan.FromMicroseconds(r.ElapsedMicroseconds))}\n");

    private void Interval(string[] words)
    {
        try
        {
            TimeSpan interval = DurationText.Parse(words.Length == 2 ? words[1] : string.Empty);
            ResponseMessage response = server
                .RequestAsync(Verb.Configure, new ConfigureArguments((long)interval.TotalMilliseconds)).GetAwaiter().GetResult();
            if (response.Code != ExitCode.Ok)
            {
                Terminal.Error(response.Message);
            }
        }
        catch (FormatException e)
        {
            Terminal.Error($"{words[0]}: {e.Message}");
        }
    }

    private static void Show<T>(ResponseMessage response, Func<T, string> format)
        where T : IRecord<T>
    {
        if (response.Payload.Length > RawField.Empty.Length)
        {
            Console.Out.Write(format(MessageCodec.ReadRecord<T>(response.Payload)));
            Console.Out.Flush();
        }

        if (response.Code != ExitCode.Ok)
        {
            Terminal.Error(response.Message);
        }
    }
}
