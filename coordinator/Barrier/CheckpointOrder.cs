namespace Interpose.Coordinator.Barrier;

/// <summary>What one checkpoint is to be.</summary>
/// <param name="Computation">The computation.</param>
/// <param name="Epoch">Number of the checkpoint within it.</param>
/// <param name="Directory">Where it goes.</param>
/// <param name="Timeout">Limit for the whole; zero for the limits of the phases alone.</param>
/// <param name="Stop">The processes are killed when it is complete, and do not run in between.</param>
/// <param name="AllowUnmanaged">Processes that cannot be entered are left out, instead of making it fail.</param>
/// <param name="Leaks">What is done about objects shared with the outside, see <see cref="Interpose.Leaks.LeakPolicy"/>.</param>
/// <param name="KeepConnections">With Stop: peers outside are not told of the end.</param>
internal sealed record CheckpointOrder(
    string Computation, ulong Epoch, string Directory, TimeSpan Timeout, bool Stop, bool AllowUnmanaged, string Leaks, bool KeepConnections = false);
