using FsCheck.Xunit;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Protocol;

public sealed class HostileMessageTests
{
    [Theory]
    [InlineData("C0")] // nil
    [InlineData("80")] // a map
    [InlineData("90")] // no type
    [InlineData("911E")] // fields missing
    [InlineData("931E01")] // shorter than it says
    [InlineData("DDFFFFFFFF1E0101")] // four thousand million elements
    [InlineData("DC")] // header cut
    [InlineData("931EA16101")] // text for a number
    [InlineData("931EFF01")] // negative epoch
    [InlineData("931E010B")] // no such phase
    [InlineData("931E010A")] // Census without a list
    [InlineData("941E0102DD00100000")] // more keys than bytes
    [InlineData("941E01029193010203")] // a key that is too short
    [InlineData("941E01029194CD0100010203")] // a kind that is no byte
    [InlineData("941E010A9195050101A0A0")] // a command that is no text
    [InlineData("941E010A9195050" + "1A002A0")] // a kind of process that does not exist
    [InlineData("931E01CE80000000")] // phase out of range
    [InlineData("931E0106")] // Write without an image
    [InlineData("991E0106DBFFFFFFFF2F")] // path of 4 GiB
    [InlineData("991E0106C0000000000000")] // path is nil
    [InlineData("C1")] // the byte MessagePack never uses
    [InlineData("")] // nothing
    public void Malformed_messages_are_protocol_errors(string hex) =>
        Assert.Throws<ProtocolException>(() => MessageCodec.Read<PhaseDoneMessage>(Convert.FromHexString(hex)));

    [Fact]
    public void Another_message_than_expected_is_an_error() =>
        Assert.Throws<ProtocolException>(
            () => MessageCodec.Read<AbortedMessage>(MessageCodec.ToFrame(new KillMessage(9)).AsMemory(Frame.HeaderSize)));

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(0)]
    public void A_nonce_of_another_length_is_an_error(int length) =>
        Assert.Throws<ProtocolException>(() => MessageCodec.Read<ChallengeMessage>(
            MessageCodec.ToFrame(new ChallengeMessage(1, new byte[length])).AsMemory(Frame.HeaderSize)));

    [Fact]
    public void Deep_nesting_does_not_exhaust_the_stack()
    {
        byte[] payload = [0x94, 0x28, 0x07, 0xA1, (byte)'v', .. Enumerable.Repeat((byte)0x91, Frame.MaxPayload - 6), 0x01];
        RequestMessage request = MessageCodec.Read<RequestMessage>(payload);
        Assert.Equal(Frame.MaxPayload - 5, request.Arguments.Length);
        Assert.Throws<ProtocolException>(() => MessageCodec.ReadRecord<KillArguments>(request.Arguments));
    }

    [Fact]
    public void Nesting_that_never_ends_is_an_error()
    {
        byte[] payload = [0x94, 0x28, 0x07, 0xA1, (byte)'v', .. Enumerable.Repeat((byte)0x91, 1000)];
        Assert.Throws<ProtocolException>(() => MessageCodec.Read<RequestMessage>(payload));
    }

    [Fact]
    public void A_list_longer_than_the_input_is_an_error()
    {
        byte[] bytes = MessageCodec.ToBytes(MessageTests.Status(processes: 0));
        byte[] hostile = [.. bytes[..^1], 0xDD, 0x00, 0xFF, 0xFF, 0xFF];
        Assert.Throws<ProtocolException>(() => MessageCodec.ReadRecord<StatusReply>(hostile));
    }

    [Property(MaxTest = 2000)]
    public void Random_bytes_are_read_or_refused_but_never_crash(byte[] bytes)
    {
        Try<HelloMessage>(bytes);
        Try<PhaseDoneMessage>([0x99, 0x1E, .. bytes]);
        Try<RequestMessage>([0x94, 0x28, .. bytes]);
        Try<AuthMessage>([0x95, 0x02, .. bytes]);

        static void Try<T>(byte[] payload)
            where T : IMessage<T>
        {
            try
            {
                MessageCodec.Read<T>(payload);
            }
            catch (ProtocolException)
            {
                // The only way to say no.
            }
        }
    }

    [Fact]
    public void Every_cut_of_a_message_is_refused()
    {
        byte[] payload = MessageCodec.ToFrame(new HelloMessage(1, 2, 3, "host", "comm", "/exe", 4, false, 0))[Frame.HeaderSize..];
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.Throws<ProtocolException>(() => MessageCodec.Read<HelloMessage>(payload.AsMemory(0, length)));
        }
    }
}
