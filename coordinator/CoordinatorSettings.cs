namespace Interpose.Coordinator;

/// <summary>What can change while a coordinator runs and a launcher has to know.</summary>
/// <param name="Computation">The computation that is served.</param>
/// <param name="CheckpointRoot">Directory of all computations.</param>
/// <param name="Codec">Codec of new images.</param>
/// <param name="Leaks">What is done about objects that are shared with the outside.</param>
/// <param name="Interval">Time between automatic checkpoints, or zero.</param>
public sealed record CoordinatorSettings(
    string Computation, string CheckpointRoot, string Codec, string Leaks, TimeSpan Interval);
