using Interpose.Protocol.Messages;

namespace Interpose.Protocol;

/// <summary>
/// The proofs of the handshake. Each side proves that it knows the computation's secret over a nonce of the other's
/// choice, with a label of its own, so that neither a recorded proof nor a reflected one is of any use.
/// </summary>
public static class Handshake
{
    /// <summary>Bytes of a nonce, and of a MAC.</summary>
    public const int NonceSize = 32;

    /// <summary>Bytes of the secret.</summary>
    public const int SecretSize = 32;

    /// <summary>The handshake must be over after this time.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private static ReadOnlySpan<byte> ClientLabel => "interpose-auth-client"u8;

    private static ReadOnlySpan<byte> ServerLabel => "interpose-auth-server"u8;

    /// <summary>The peer's answer to a challenge.</summary>
    /// <exception cref="ProtocolException">The coordinator speaks another version.</exception>
    public static AuthMessage Answer(
        ReadOnlySpan<byte> secret, ChallengeMessage challenge, ConnectionRole role, byte[] nonce)
    {
        if (challenge.Version != ProtocolVersion.Current)
        {
            throw new ProtocolException(VersionMismatch("the coordinator", challenge.Version));
        }

        return new(ProtocolVersion.Current, role, nonce, ClientMac(secret, role, challenge.Nonce, nonce));
    }

    /// <summary>Why a peer's answer is not good enough, or null when it is.</summary>
    public static string? Check(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> serverNonce, AuthMessage auth) =>
        auth.Version != ProtocolVersion.Current
            ? VersionMismatch("the peer", auth.Version)
            : HmacSha256.Equal(auth.Mac, ClientMac(secret, auth.Role, serverNonce, auth.Nonce))
                ? null
                : "the secret is not that of this computation";

    /// <summary>The coordinator's own proof.</summary>
    public static AcceptMessage Accept(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> serverNonce, ReadOnlySpan<byte> clientNonce) =>
        new(ServerMac(secret, serverNonce, clientNonce));

    /// <summary>Whether the coordinator's proof is right.</summary>
    public static bool IsAccepted(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> serverNonce, ReadOnlySpan<byte> clientNonce, AcceptMessage accept) =>
        HmacSha256.Equal(accept.Mac, ServerMac(secret, serverNonce, clientNonce));

    private static byte[] ClientMac(
        ReadOnlySpan<byte> secret, ConnectionRole role, ReadOnlySpan<byte> serverNonce, ReadOnlySpan<byte> clientNonce) =>
        HmacSha256.Compute(secret, [.. ClientLabel, (byte)role, .. serverNonce, .. clientNonce]);

    private static byte[] ServerMac(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> serverNonce, ReadOnlySpan<byte> clientNonce) =>
        HmacSha256.Compute(secret, [.. ServerLabel, .. clientNonce, .. serverNonce]);

    private static string VersionMismatch(string who, uint version) =>
        $"{who} speaks protocol version {version}, this side {ProtocolVersion.Current}; install the same version on both";
}
