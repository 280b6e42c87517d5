namespace Interpose.Protocol;

/// <summary>
/// The keys of one connection, one for each direction. Both nonces are in them, so no two connections have the same, and
/// nothing recorded on one is of any use on another.
/// </summary>
/// <param name="ToServer">For what a process or a command sends.</param>
/// <param name="ToClient">For what the coordinator sends.</param>
public sealed record SessionKeys(byte[] ToServer, byte[] ToClient)
{
    private static ReadOnlySpan<byte> ToServerLabel => "interpose-key-client"u8;

    private static ReadOnlySpan<byte> ToClientLabel => "interpose-key-server"u8;

    /// <summary>The keys that belong to a handshake.</summary>
    public static SessionKeys Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> serverNonce, ReadOnlySpan<byte> clientNonce) =>
        new(
            HmacSha256.Compute(secret, [.. ToServerLabel, .. serverNonce, .. clientNonce]),
            HmacSha256.Compute(secret, [.. ToClientLabel, .. serverNonce, .. clientNonce]));
}
