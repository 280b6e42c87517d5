using Interpose.Cli.Output;
using Interpose.Images.Checkpoints;
using Interpose.Resources.Program;
using Interpose.Restart;

namespace Interpose.Cli.Verbs;

/// <summary>The syscall program of a checkpoint as text.</summary>
internal static class ImagesPlan
{
    /// <summary>Compiles the checkpoint as a restart here and now would, and prints the result.</summary>
    public static void Print(Checkpoint checkpoint, TextWriter output)
    {
        RestartPlan plan = Restarter.Compile(checkpoint);
        foreach (string warning in plan.Warnings)
        {
            Terminal.Warning(Printable.Text(warning));
        }

        foreach ((string name, ProgramBuilder program) in plan.Programs)
        {
            output.WriteLine(Printable.Text($"{name}:"));
            foreach (string line in PlanPrinter.Lines(program))
            {
                output.WriteLine(Printable.Text(line));
            }
        }
    }
}
