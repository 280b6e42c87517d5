namespace Interpose.Protocol;

/// <summary>One row of <see cref="PhaseTable"/>.</summary>
/// <param name="Operation">The walk this row belongs to.</param>
/// <param name="Phase">The phase.</param>
/// <param name="Next">The phase entered when every process has reported this one done.</param>
/// <param name="Entry">What makes a process enter the phase.</param>
/// <param name="Limit">How long all processes together may take.</param>
/// <param name="OnFailure">The abort edge.</param>
public sealed record PhaseRow(
    Operation Operation, Phase Phase, Phase Next, PhaseEntry Entry, TimeSpan Limit, AbortEdge OnFailure);
