using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>A compiled restart: the program, and what the user should know about it.</summary>
public sealed class RestartPlan
{
    public required ProgramBuilder Program { get; init; }

    /// <summary>Differences that the restored program may notice.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
