using System.CommandLine;
using Interpose.Cli.Flags;

namespace Interpose.Cli.Verbs;

/// <summary>Options and arguments that the images verbs share.</summary>
internal static class ImagesOptions
{
    /// <summary>Which checkpoint.</summary>
    public static Argument<string?> Target() => new("DIR")
    {
        Description = "A checkpoint, a computation, or COMPUTATION/EPOCH in the checkpoint directory; default: the newest of all",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The newest checkpoint.</summary>
    public static Option<bool> Latest() => Flag.Switch("--latest", "Take the newest checkpoint of the checkpoint directory");

    /// <summary>Which computation.</summary>
    public static Option<string?> Computation() => Flag.Text("--computation", "ID", "Only checkpoints of this computation");
}
