using System.CommandLine;
using Interpose.Cli.Hosts;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose restart-part</c>: one host of a restart over several; executed by <c>interpose restart</c>.</summary>
internal static class RestartPartVerb
{
    public const string Name = ManyHosts.RestartPartVerbName;

    public static Command Create() =>
        new VerbCommand(Name, "Restart the processes of one host; executed by 'interpose restart'") { Hidden = true, Examples = ["ssh node2 interpose restart-part < order"] }
            .Does(static _ => ManyHosts.RestartPart());
}
