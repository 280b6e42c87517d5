using Interpose.Protocol.Requests;

namespace Interpose.Cli.State;

/// <summary>What a launch says about its coordinator; null is what was not given.</summary>
/// <param name="Address">HOST:PORT of a coordinator that is there.</param>
/// <param name="Fresh">Start a new one whether or not there is one.</param>
/// <param name="CheckpointRoot">Absolute directory of all computations.</param>
/// <param name="Codec">Codec of images.</param>
/// <param name="Interval">Time between automatic checkpoints.</param>
/// <param name="Leaks">What is done about objects shared with the outside.</param>
internal sealed record CoordinatorSetup(
    string? Address, bool Fresh, string? CheckpointRoot, string? Codec, TimeSpan? Interval, string? Leaks = null)
{
    /// <summary>Where a coordinator that has to be started listens; null: on loopback.</summary>
    public string? Listen { get; init; }

    /// <summary>The same as a request to a coordinator that is there.</summary>
    public ConfigureArguments ToArguments() =>
        new(Interval is { } interval ? (long)interval.TotalMilliseconds : -1, CheckpointRoot ?? string.Empty, Codec ?? string.Empty, Leaks ?? string.Empty);
}
