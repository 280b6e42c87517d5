namespace Interpose.Cli.Output;

/// <summary>The result of signalling a computation as JSON.</summary>
/// <param name="SchemaVersion">Version of this report.</param>
/// <param name="Signalled">How many processes were signalled.</param>
/// <param name="Remaining">How many were left when the command returned.</param>
internal sealed record KillReport(int SchemaVersion, int Signalled, int Remaining);
