using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>The peer proves that it knows the secret and says what it is.</summary>
/// <param name="Version">Protocol version of the peer.</param>
/// <param name="Role">What the peer is.</param>
/// <param name="Nonce">Random bytes the coordinator must include in its own proof.</param>
/// <param name="Mac">The proof.</param>
public sealed record AuthMessage(uint Version, ConnectionRole Role, byte[] Nonce, byte[] Mac) : IMessage<AuthMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Auth;

    /// <inheritdoc/>
    public int FieldCount => 4;

    /// <inheritdoc/>
    public static AuthMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt32("version"),
            (ConnectionRole)reader.ReadInt32("role", (int)ConnectionRole.Client),
            reader.ReadBytes("nonce", Handshake.NonceSize),
            reader.ReadBytes("mac", Handshake.NonceSize));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Version);
        writer.Write((int)Role);
        writer.Write(Nonce);
        writer.Write(Mac);
    }
}
