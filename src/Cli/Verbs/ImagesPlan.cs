using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Verbs;

/// <summary>The syscall programs of a checkpoint as text.</summary>
internal static class ImagesPlan
{
    /// <summary>Compiles every process of the checkpoint as a restart would, and prints the result.</summary>
    public static ExitCode Print(Checkpoint checkpoint, TextWriter output)
    {
        // Interpose.Restart.PlanPrinter goes here.
        _ = output;
        Console.Error.WriteLine($"interpose: {checkpoint.Directory}: printing the plan is not in this build");
        return ExitCode.Failure;
    }
}
