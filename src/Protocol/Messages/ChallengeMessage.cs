using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>Opens the handshake.</summary>
/// <param name="Version">Protocol version of the coordinator.</param>
/// <param name="Nonce">Random bytes the peer must include in its proof.</param>
public sealed record ChallengeMessage(uint Version, byte[] Nonce) : IMessage<ChallengeMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Challenge;

    /// <inheritdoc/>
    public int FieldCount => 2;

    /// <inheritdoc/>
    public static ChallengeMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt32("version"),
            reader.ReadBytes("nonce", Handshake.NonceSize));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Version);
        writer.Write(Nonce);
    }
}
