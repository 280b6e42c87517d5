using System.CommandLine;
using System.CommandLine.Parsing;
using Interpose.Cli.Launch;
using Interpose.Cli.Output;
using Interpose.Cli.Verbs;
using Interpose.Protocol;

namespace Interpose.Cli;

/// <summary>Entry point of <c>interpose</c>.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length > 1 && args[0] == RunVerb.Name)
        {
            try
            {
                FastLaunch.TryRun(args);
            }
            catch (CliException e)
            {
                StandardStreams.Install();
                Terminal.Error(e.Message);
                return e.ExitStatus;
            }
        }

        return Run(args);
    }

    private static int Run(string[] args)
    {
        StandardStreams.Install();
        RootCommand root = VerbRegistry.CreateRoot(args.FirstOrDefault());
        ParseResult parsed = root.Parse(ProgramArguments.Separate(root, args));
        if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
        {
            foreach (ParseError error in parsed.Errors)
            {
                Terminal.Error(error.Message);
            }

            string verb = parsed.CommandResult.Command is RootCommand ? string.Empty : parsed.CommandResult.Command.Name + " ";
            Terminal.Note($"see 'interpose {verb}--help'");
            return (int)ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }
}
