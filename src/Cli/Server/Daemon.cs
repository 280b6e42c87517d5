using System.Globalization;
using Interpose.Cli.Launch;
using Interpose.Cli.Native;
using Interpose.Cli.Output;
using Interpose.Protocol;

namespace Interpose.Cli.Server;

/// <summary>
/// Starts a coordinator in the background. It becomes a child of init, not of the program that a launch turns into,
/// which would find an unknown child.
/// </summary>
internal static class Daemon
{
    /// <summary>What a daemon says when it is ready.</summary>
    public const string Ready = "ready";

    /// <summary>Starts it and returns when it listens.</summary>
    public static int Start(ServerSettings settings)
    {
        List<string> arguments =
        [
            Installation.Executable, "coordinator", "--ready-fd", ChildProcess.ReadyFd.ToString(CultureInfo.InvariantCulture),
            "--listen", settings.Listen.ToString(), "--ckpt-dir", settings.CheckpointRoot, "--codec", settings.Codec, "--leaks", settings.Leaks,
            "--interval", settings.Interval.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
        ];
        if (settings.PortFile is { } file)
        {
            arguments.AddRange(["--port-file", file]);
        }

        if (settings.Linger is { } linger)
        {
            arguments.AddRange(["--linger", linger.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)]);
        }

        if (settings.Adopted is { } adopted)
        {
            // It reads the predecessor's file itself: the secret is not to be seen in a list of processes.
            arguments.AddRange(["--adopt", "--coordinator", adopted.Predecessor.Address()]);
            arguments.AddRange(["--without", string.Join(',', adopted.Without)]);
        }

        string answer = ChildProcess.StartDetached(arguments);
        if (answer == Ready)
        {
            return (int)ExitCode.Ok;
        }

        Terminal.Error(answer.Length > 0 ? answer : "the coordinator ended before it was ready");
        return (int)ExitCode.Failure;
    }
}
