using System.CommandLine;
using Interpose.Cli.Flags;
using Interpose.Protocol;
using Interpose.Restart.Rules;

namespace Interpose.Cli.Verbs;

/// <summary>The flags that say what takes the place of connections to the outside and of files. The command line comes before the file.</summary>
internal sealed class RuleFlags
{
    private readonly Option<RestartRule[]> _replace = Flag.Several(
        "--replace", "KIND:NAME=WITH", "Put another address, path or fd:N in the place of an open file", RuleParser.Replacement);

    private readonly Option<RestartRule[]> _policy = Flag.Several(
        "--policy", "KIND:NAME=POLICY", "What becomes of a connection to the outside: reset (the default), reconnect, repair or hook", RuleParser.Policy);

    private readonly Option<string?> _file = Flag.Text("--rules", "FILE", "Read further rules from FILE");
    private readonly Option<string?> _hook = Flag.Text("--hook", "PROGRAM", "Ask PROGRAM for what would be lost");

    public void AddTo(Command verb)
    {
        verb.Add(_replace);
        verb.Add(_policy);
        verb.Add(_file);
        verb.Add(_hook);
    }

    /// <exception cref="CliException">The rules file cannot be read, or is wrong.</exception>
    public RuleSet Read(ParseResult parsed)
    {
        RuleSet file = RuleSet.None;
        if (parsed.GetValue(_file) is { } path)
        {
            try
            {
                file = RuleParser.File(File.ReadAllText(path), path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                throw new CliException(ExitCode.Usage, e.Message);
            }
        }

        string? hook = parsed.GetValue(_hook) ?? file.Hook;
        if (hook is not null && !File.Exists(hook))
        {
            throw new CliException(ExitCode.Usage, $"the hook {hook} does not exist; name it by its path");
        }

        return new RuleSet(
            [.. parsed.GetValue(_replace) ?? [], .. parsed.GetValue(_policy) ?? [], .. file.Rules],
            hook is null ? null : Path.GetFullPath(hook));
    }
}
