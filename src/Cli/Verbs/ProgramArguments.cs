using System.CommandLine;

namespace Interpose.Cli.Verbs;

/// <summary>Keeps the arguments of a program from being taken for ours.</summary>
internal static class ProgramArguments
{
    private const string Separator = "--";

    /// <summary>
    /// Puts <c>--</c> before the program's name when the verb takes a program and there is none yet, so that
    /// <c>interpose run ls -l</c> does what it says.
    /// </summary>
    public static string[] Separate(RootCommand root, string[] args)
    {
        Command? verb = args.Length == 0 ? null : root.Subcommands.FirstOrDefault(c => c.Name == args[0]);
        if (verb is null || verb.Arguments.Count != 1 || verb.Arguments[0].Arity.MaximumNumberOfValues <= 1)
        {
            return args;
        }

        for (int i = 1; i < args.Length; i++)
        {
            if (args[i] == Separator)
            {
                return args;
            }

            if (!args[i].StartsWith('-'))
            {
                return [.. args[..i], Separator, .. args[i..]];
            }

            Option? option = verb.Options.FirstOrDefault(o => o.Name == args[i]);
            if (option?.Arity.MinimumNumberOfValues > 0)
            {
                i++;
            }
        }

        return args;
    }
}
