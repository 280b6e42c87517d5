namespace Interpose.Cli.Output;

/// <summary>The processes of a computation as JSON.</summary>
/// <param name="SchemaVersion">Version of this report.</param>
/// <param name="Computation">The computation.</param>
/// <param name="Processes">Its processes.</param>
/// <param name="Outside">Those that cannot be part of a checkpoint.</param>
internal sealed record ProcessListReport(
    int SchemaVersion,
    string Computation,
    IReadOnlyList<ProcessReport> Processes,
    IReadOnlyList<OutsideReport> Outside);
