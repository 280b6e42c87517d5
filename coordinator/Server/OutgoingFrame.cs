using Interpose.Protocol.Wire;

namespace Interpose.Coordinator.Server;

/// <summary>A frame that waits to be sent.</summary>
/// <param name="Plain">Length and payload.</param>
/// <param name="Sealer">Seals it; null before the end of the handshake.</param>
internal readonly record struct OutgoingFrame(byte[] Plain, FrameSealer? Sealer);
