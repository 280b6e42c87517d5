using System.Net;

namespace Interpose.Cli.Server;

/// <summary>What <c>interpose coordinator</c> was told.</summary>
/// <param name="Listen">Where to listen.</param>
/// <param name="PortFile">Gets the port when ready; null for none.</param>
/// <param name="Linger">See <see cref="Coordinator.CoordinatorOptions.Linger"/>.</param>
/// <param name="CheckpointRoot">Absolute directory of all computations.</param>
/// <param name="Interval">Time between automatic checkpoints; zero for none.</param>
/// <param name="Codec">Codec of images.</param>
/// <param name="Leaks">What is done about objects shared with the outside.</param>
/// <param name="Adopted">The computation to take over; null: a new one.</param>
internal sealed record ServerSettings(
    IPEndPoint Listen, string? PortFile, TimeSpan? Linger, string CheckpointRoot, TimeSpan Interval, string Codec, string Leaks,
    Adoption? Adopted = null);
