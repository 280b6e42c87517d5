namespace Interpose.Restart;

/// <summary>The coordinator that restored processes join.</summary>
/// <param name="Address">HOST:PORT.</param>
/// <param name="Secret">The computation's secret, 32 bytes.</param>
/// <param name="Computation">The computation.</param>
public sealed record RestartCoordinator(string Address, byte[] Secret, string Computation);
