namespace Interpose.Protocol;

/// <summary>Version of the wire protocol. A peer of another version is refused during the handshake.</summary>
public static class ProtocolVersion
{
    /// <summary>The version this build speaks.</summary>
    public const uint Current = 2;
}
