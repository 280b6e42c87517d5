namespace Interpose.Resources.Sockets;

/// <summary>A message, or a part of a stream, in the queue of a unix socket.</summary>
/// <param name="Length">Bytes of it.</param>
/// <param name="Descriptors">What it carries (SCM_RIGHTS), by the numbers of the image.</param>
/// <param name="Sender">Whoever sent it, if the kernel noted that; otherwise the default.</param>
internal sealed record UnixMessage(int Length, IReadOnlyList<int> Descriptors, PeerCredentials Sender);
