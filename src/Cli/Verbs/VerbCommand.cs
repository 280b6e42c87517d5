using System.CommandLine;
using Interpose.Cli.Output;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary>A verb: a command with examples, whose failures become one message and an exit code.</summary>
internal sealed class VerbCommand(string name, string description) : Command(name, description)
{
    /// <summary>Command lines that are shown by --help.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>Sets what the verb does; the result is the exit status.</summary>
    public VerbCommand Does(Func<ParseResult, int> action)
    {
        SetAction(parsed =>
        {
            try
            {
                return action(parsed);
            }
            catch (CliException e)
            {
                Terminal.Error(e.Message);
                return e.ExitStatus;
            }
            catch (Images.ImageException e)
            {
                Terminal.Error(e.Message);
                return (int)ExitCode.ImageInvalid;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or Linux.SyscallException or Linux.SyscallException)
            {
                Terminal.Error(e.Message);
                return (int)ExitCode.Failure;
            }
        });
        return this;
    }
}
