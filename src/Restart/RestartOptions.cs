namespace Interpose.Restart;

/// <summary>What a restart needs to know.</summary>
public sealed record RestartOptions
{
    /// <summary>The checkpoint's directory, with its manifest.</summary>
    public required string CheckpointDirectory { get; init; }

    /// <summary>
    /// Makes sure of a coordinator and announces the restart to it. To be called once, when everything has been
    /// validated and the plan is compiled, for a restart that cannot work is to leave no trace.
    /// </summary>
    public required Func<RestartCoordinator> Coordinator { get; init; }
}
