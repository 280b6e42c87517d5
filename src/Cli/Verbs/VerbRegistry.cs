using System.CommandLine;
using System.CommandLine.Help;

namespace Interpose.Cli.Verbs;

/// <summary>All verbs. Each is made on demand: a launch must not pay for the others.</summary>
internal static class VerbRegistry
{
    private static readonly (string Name, Func<Command> Create)[] Verbs =
    [
        (RunVerb.Name, RunVerb.Create),
        (CheckpointVerb.Name, CheckpointVerb.Create),
        (RestartVerb.Name, RestartVerb.Create),
        (RestartPartVerb.Name, RestartPartVerb.Create),
        (StatusVerb.Name, StatusVerb.Create),
        (PsVerb.Name, PsVerb.Create),
        (IntervalVerb.Name, IntervalVerb.Create),
        (KillVerb.Name, KillVerb.Create),
        (QuitVerb.Name, QuitVerb.Create),
        (ImagesCommand.Name, ImagesCommand.Create),
        (PassFdVerb.Name, PassFdVerb.Create),
        (CheckCommand.Name, CheckCommand.Create),
        (CoordinatorVerb.Name, CoordinatorVerb.Create),
        (CompletionVerb.Name, CompletionVerb.Create),
    ];

    /// <summary>The root command with the verb that was asked for, or with all when that is not known.</summary>
    /// <param name="wanted">First argument of the command line.</param>
    public static RootCommand CreateRoot(string? wanted)
    {
        var root = new RootCommand("Checkpoint, stop and restart unmodified Linux programs.");
        (string Name, Func<Command> Create) only = Verbs.FirstOrDefault(v => v.Name == wanted);
        foreach ((string _, Func<Command> create) in only.Create is null ? Verbs : [only])
        {
            root.Subcommands.Add(create());
        }

        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExamplesHelp((HelpAction)help.Action!);
        return root;
    }
}
