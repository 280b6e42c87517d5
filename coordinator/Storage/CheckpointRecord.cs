using System.Collections.Immutable;

namespace Interpose.Coordinator.Storage;

/// <summary>What goes into a manifest.</summary>
/// <param name="Directory">The checkpoint's directory.</param>
/// <param name="Computation">The computation.</param>
/// <param name="Epoch">Number of the checkpoint.</param>
/// <param name="Created">When the application was resumed for good and everything was on disk.</param>
/// <param name="Processes">The processes.</param>
public sealed record CheckpointRecord(
    string Directory,
    string Computation,
    ulong Epoch,
    DateTimeOffset Created,
    ImmutableArray<ProcessRecord> Processes);
