using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Interpose.Linux;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose pass-fd</c>: for hooks in languages that cannot send an fd themselves.</summary>
internal static class PassFdVerb
{
    public const string Name = "pass-fd";
    private const string SocketVariable = "INTERPOSE_HOOK_FD";

    public static Command Create()
    {
        var descriptor = new Argument<int>("FD") { Description = "An open file descriptor of the hook" };
        var verb = new VerbCommand(Name, "In a hook: hand a file descriptor back to the restart")
        {
            Examples = ["exec 5<>/dev/tcp/10.0.0.9/5432 && interpose pass-fd 5"],
        };
        verb.Add(descriptor);
        return verb.Does(parsed => Pass(parsed.GetValue(descriptor)));
    }

    private static int Pass(int fd)
    {
        string? text = Environment.GetEnvironmentVariable(SocketVariable);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int socket))
        {
            throw new CliException(ExitCode.Usage, $"{SocketVariable} is not set: this verb is for hooks of 'interpose restart'");
        }

        long outcome = PassedDescriptor.TrySend(socket, fd);
        return outcome == 0
            ? 0
            : throw new CliException(
                ExitCode.Failure,
                $"fd {fd} cannot be passed over fd {socket} ({SocketVariable}): {Marshal.GetPInvokeErrorMessage((int)-outcome)}");
    }
}
