using Interpose.Restart.Hosts;
using Interpose.Restart.Rules;

namespace Interpose.Restart;

/// <summary>What a restart needs to know.</summary>
public sealed record RestartOptions
{
    /// <summary>The checkpoint's directory, with its manifest.</summary>
    public required string CheckpointDirectory { get; init; }

    /// <summary>The program does without a terminal, whatever it had.</summary>
    public bool NoTerminal { get; init; }

    /// <summary>
    /// Makes sure of a coordinator and announces the restart to it. To be called once, when everything has been
    /// validated and the plan is compiled, for a restart that cannot work is to leave no trace.
    /// </summary>
    public required Func<RestartCoordinator> Coordinator { get; init; }

    /// <summary>For one host of several; null: the whole checkpoint is restarted here.</summary>
    public RestartPartOptions? Part { get; init; }

    /// <summary>What takes the place of connections to the outside and of files.</summary>
    public RuleSet Rules { get; init; } = RuleSet.None;

    /// <summary>Runs a hook.</summary>
    public Func<HookRequest, HookAnswer> Hook { get; init; } = static request =>
        throw new ReplacementException($"{request.Subject}: hooks cannot be run here");
}
