using System.Text;
using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Tests.Unit.Protocol;

public sealed class HandshakeTests
{
    private static readonly byte[] Secret = [.. Enumerable.Repeat((byte)7, 32)];
    private static readonly byte[] ServerNonce = [.. Enumerable.Repeat((byte)1, 32)];
    private static readonly byte[] ClientNonce = [.. Enumerable.Repeat((byte)2, 32)];

    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void Sha256_gives_the_digests_of_the_standard(string text, string digest) =>
        Assert.Equal(digest, Convert.ToHexStringLower(Sha256.Hash(Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void Sha256_pads_every_length_right()
    {
        for (int length = 0; length < 300; length++)
        {
            byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
            Assert.Equal(System.Security.Cryptography.SHA256.HashData(data), Sha256.Hash(data));
        }
    }

    [Theory] // RFC 4231, test cases 2 and 6
    [InlineData("4a656665", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [InlineData(null, "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")]
    public void Hmac_gives_the_codes_of_the_rfc(string? key, string data, string mac)
    {
        byte[] bytes = key is null ? [.. Enumerable.Repeat((byte)0xaa, 131)] : Convert.FromHexString(key);
        Assert.Equal(mac, Convert.ToHexStringLower(HmacSha256.Compute(bytes, Encoding.ASCII.GetBytes(data))));
    }

    [Fact]
    public void The_proofs_are_over_label_role_and_nonces()
    {
        byte[] client = [.. "interpose-auth-client"u8, 1, .. ServerNonce, .. ClientNonce];
        byte[] server = [.. "interpose-auth-server"u8, .. ClientNonce, .. ServerNonce];
        Assert.Equal(HmacSha256.Compute(Secret, client), Answer(Secret).Mac);
        Assert.Equal(HmacSha256.Compute(Secret, server), Handshake.Accept(Secret, ServerNonce, ClientNonce).Mac);
    }

    [Fact]
    public void Both_sides_accept_the_right_secret()
    {
        Assert.Null(Handshake.Check(Secret, ServerNonce, Answer(Secret)));
        Assert.True(Handshake.IsAccepted(Secret, ServerNonce, ClientNonce, Handshake.Accept(Secret, ServerNonce, ClientNonce)));
    }

    [Fact]
    public void Another_secret_is_refused_by_either_side()
    {
        byte[] other = new byte[32];
        Assert.NotNull(Handshake.Check(Secret, ServerNonce, Answer(other)));
        Assert.False(Handshake.IsAccepted(Secret, ServerNonce, ClientNonce, Handshake.Accept(other, ServerNonce, ClientNonce)));
    }

    [Fact]
    public void A_recorded_answer_is_of_no_use_for_another_challenge() =>
        Assert.NotNull(Handshake.Check(Secret, ClientNonce, Answer(Secret)));

    [Fact]
    public void The_role_cannot_be_changed_afterwards() =>
        Assert.NotNull(Handshake.Check(Secret, ServerNonce, Answer(Secret) with { Role = ConnectionRole.Process }));

    [Fact]
    public void Another_version_is_refused_by_either_side()
    {
        Assert.Contains("version", Handshake.Check(Secret, ServerNonce, Answer(Secret) with { Version = ProtocolVersion.Current + 1 }), StringComparison.Ordinal);
        Assert.Throws<ProtocolException>(
            () => Handshake.Answer(Secret, new ChallengeMessage(ProtocolVersion.Current + 1, ServerNonce), ConnectionRole.Client, ClientNonce));
    }

    private static AuthMessage Answer(byte[] secret) =>
        Handshake.Answer(
            secret, new ChallengeMessage(ProtocolVersion.Current, ServerNonce), ConnectionRole.Client, ClientNonce);
}
