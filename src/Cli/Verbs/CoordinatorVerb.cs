using System.CommandLine;
using System.Globalization;
using System.Net;
using Interpose.Cli.Flags;
using Interpose.Cli.Server;
using Interpose.Cli.State;
using Interpose.Leaks;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose coordinator</c>.</summary>
internal static class CoordinatorVerb
{
    public const string Name = "coordinator";

    private const string DefaultListen = "127.0.0.1:0";

    public static Command Create()
    {
        Option<bool> daemon = Flag.Switch("--daemon", "Go to the background; returns when it is ready");
        Option<string?> listen = Flag.Text("--listen", "ADDR:PORT", $"Where to listen, {DefaultListen} by default; port 0 means any");
        Option<string?> portFile = Flag.Text("--port-file", "FILE", "Write the port to FILE when ready");
        Option<bool> exitOnLast = Flag.Switch("--exit-on-last", "End with the last process");
        Option<TimeSpan?> linger = Flag.Duration("--linger", "End when there has been no process for T");
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        Option<TimeSpan?> interval = Flag.Duration("--interval", "Checkpoint automatically every T");
        Option<string?> codec = Flag.Choice("--codec", "How pages are stored in images", CodecName.All);
        Option<string?> leaks = CommonFlags.Leaks();
        Option<bool> adopt = Flag.Switch("--adopt", "Take over the computation of a coordinator that has died");
        Option<string?> coordinator =
            Flag.Text("--coordinator", "HOST:PORT", "With --adopt: the one that has died, if it is not the default one");
        Option<string?> without =
            Flag.Text("--without", "HOST,...", "With --adopt: hosts whose processes have ended and will not come back");
        Option<int?> readyFd = new("--ready-fd") { Hidden = true };
        var verb = new VerbCommand(Name, "Run a coordinator; in a terminal with a console")
        {
            Examples =
            [
                "interpose coordinator",
                "interpose coordinator --daemon --listen 0.0.0.0:7779 --port-file port",
                "interpose coordinator --daemon --adopt",
                "echo status | interpose coordinator --exit-on-last",
            ],
        };
        Option[] all = [daemon, listen, portFile, exitOnLast, linger, directory, interval, codec, leaks, adopt, coordinator, without, readyFd];
        foreach (Option option in all)
        {
            verb.Add(option);
        }

        return verb.Does(parsed =>
        {
            Adoption? adopted = parsed.GetValue(adopt)
                ? Adoption.Find(parsed.GetValue(coordinator), (parsed.GetValue(without) ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries))
                : null;
            CoordinatorRecord? before = adopted?.Predecessor;
            TimeSpan? stay = parsed.GetValue(exitOnLast) ? TimeSpan.Zero
                : parsed.GetValue(linger) ?? (before is { LingerMs: >= 0 } ? TimeSpan.FromMilliseconds(before.LingerMs) : null);
            string? place = parsed.GetValue(listen);
            var settings = new ServerSettings(
                place is null && adopted is not null ? adopted.Listen() : ParseListen(WithPort(place ?? DefaultListen)),
                parsed.GetValue(portFile) is { } file ? Path.GetFullPath(file) : null,
                stay,
                Path.GetFullPath(parsed.GetValue(directory) ?? (before is { CkptDir.Length: > 0 } ? before.CkptDir : StateDirectory.Checkpoints)),
                parsed.GetValue(interval) ?? TimeSpan.FromMilliseconds(before?.IntervalMs ?? 0),
                parsed.GetValue(codec) ?? (before is { Codec.Length: > 0 } ? before.Codec : CodecName.Auto),
                parsed.GetValue(leaks) ?? (before is { Leaks.Length: > 0 } ? before.Leaks : LeakPolicy.Warn),
                adopted);
            return parsed.GetValue(daemon) && parsed.GetValue(readyFd) is null
                ? Daemon.Start(settings)
                : CoordinatorHost.Run(settings, parsed.GetValue(readyFd));
        });
    }

    /// <summary>An address that may leave the port to the kernel.</summary>
    public static string WithPort(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) ? new IPEndPoint(address, 0).ToString() : text;

    private static IPEndPoint ParseListen(string text)
    {
        (string host, int port) = CoordinatorLocator.ParseAddress(text);
        if (host == "localhost")
        {
            return new IPEndPoint(IPAddress.Loopback, port);
        }

        return IPAddress.TryParse(host, out IPAddress? address)
            ? new IPEndPoint(address, port)
            : throw new CliException(
                ExitCode.Usage,
                string.Create(CultureInfo.InvariantCulture, $"--listen: '{host}' is no address; give the number of an interface, such as 0.0.0.0"));
    }
}
