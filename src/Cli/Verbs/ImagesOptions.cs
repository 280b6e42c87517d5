using System.CommandLine;
using Interpose.Cli.Output;
using Interpose.Images;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary>What the images verbs have in common: options, and how errors become messages and exit codes.</summary>
internal static class ImagesOptions
{
    public static Option<string?> CheckpointDirectory() =>
        new("--ckpt-dir")
        {
            Description = "Directory that holds the checkpoints (INTERPOSE_CKPT_DIR)",
            HelpName = "D",
            DefaultValueFactory = static _ => Value("INTERPOSE_CKPT_DIR"),
        };

    public static Option<bool> Json() => Flag("--json", "Print one JSON object on standard output", "INTERPOSE_JSON");

    public static Option<bool> Flag(string name, string description, string variable) =>
        new(name)
        {
            Description = $"{description} ({variable})",
            DefaultValueFactory = _ => IsSet(variable),
        };

    public static Option<string?> Computation() =>
        new("--computation")
        {
            Description = "Only checkpoints of this computation (INTERPOSE_COMPUTATION)",
            HelpName = "ID",
            DefaultValueFactory = static _ => Value("INTERPOSE_COMPUTATION"),
        };

    public static Argument<string?> Target() =>
        new("DIR")
        {
            Description = "A checkpoint's directory, COMPUTATION/EPOCH, or COMPUTATION for its latest; default: the latest of all",
            Arity = ArgumentArity.ZeroOrOne,
        };

    public static Option<bool> Latest() =>
        Flag("--latest", "The checkpoint that was committed last", "INTERPOSE_LATEST");

    /// <summary>Value of an environment twin; an empty one counts as not set.</summary>
    public static string? Value(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>Runs a verb and turns its errors into a message on standard error and an exit code.</summary>
    public static int Run(Func<ExitCode> verb)
    {
        try
        {
            return (int)verb();
        }
        catch (ImageException e)
        {
            return Fail(e, ExitCode.ImageInvalid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(e, ExitCode.Failure);
        }
    }

    private static int Fail(Exception e, ExitCode code)
    {
        Console.Error.WriteLine($"interpose: {Printable.Text(e.Message)}");
        return (int)code;
    }

    private static bool IsSet(string variable) => Value(variable) is { } value && value is not ("0" or "false" or "no");
}
