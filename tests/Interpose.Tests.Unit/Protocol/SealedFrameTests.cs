using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Protocol;

public sealed class SealedFrameTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void A_key_gives_the_codes_that_the_plain_function_gives()
    {
        var key = new HmacKey(Key);
        byte[] mac = new byte[Sha256.Size];
        for (int length = 0; length < 300; length++)
        {
            byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 3))];
            key.Compute(data, mac);
            Assert.Equal(HmacSha256.Compute(Key, data), mac);
        }
    }

    [Fact]
    public void The_bytes_are_length_number_payload_and_tag()
    {
        byte[] plain = Frame.Create([0xAA, 0xBB, 0xCC]);
        byte[] expected = [0x1B, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0xAA, 0xBB, 0xCC];
        byte[] found = SealedFrame.Seal(new HmacKey(Key), 5, plain);
        Assert.Equal(expected, found[..15]);
        Assert.Equal(HmacSha256.Compute(Key, found.AsSpan(4, 11))[..16], found[15..]);
    }

    [Fact]
    public void Both_nonces_and_the_direction_are_in_the_keys()
    {
        byte[] a = [.. Enumerable.Repeat((byte)1, 32)], b = [.. Enumerable.Repeat((byte)2, 32)];
        SessionKeys keys = SessionKeys.Derive(Key, a, b);
        Assert.Equal(HmacSha256.Compute(Key, [.. "interpose-key-client"u8, .. a, .. b]), keys.ToServer);
        Assert.Equal(HmacSha256.Compute(Key, [.. "interpose-key-server"u8, .. a, .. b]), keys.ToClient);
        Assert.NotEqual(keys.ToServer, SessionKeys.Derive(Key, b, a).ToServer);
    }

    [Fact]
    public void Frames_arrive_in_order_and_reports_between_them()
    {
        FrameBuffer buffer = Opened();
        var sealer = new FrameSealer(Key);
        byte[] report = SealedFrame.Seal(new HmacKey(Key), SealedFrame.Report | 3, Plain(9));
        byte[][] stream = [sealer.Seal(Plain(0)), sealer.Seal(Plain(1)), report, sealer.Seal(Plain(2))];
        Feed(buffer, [.. stream.SelectMany(f => f)]);
        Assert.Equal([0, 1, 9, 2], Enumerable.Range(0, 4).Select(_ => Take(buffer)));
    }

    [Fact]
    public void Any_altered_bit_is_noticed()
    {
        byte[] good = new FrameSealer(Key).Seal(Plain(0));
        for (int bit = Frame.HeaderSize * 8; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            FrameBuffer buffer = Opened();
            Feed(buffer, bad);
            Assert.Throws<ProtocolException>(() => Take(buffer));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(1)]
    [InlineData(0, 2)]
    [InlineData(-1, -1)]
    [InlineData(-2, -1)]
    public void Repeated_missing_and_exchanged_frames_are_noticed(params int[] numbers)
    {
        FrameBuffer buffer = Opened();
        var key = new HmacKey(Key);
        foreach (int number in numbers)
        {
            // Negative: a report with that number.
            Feed(buffer, SealedFrame.Seal(key, number < 0 ? SealedFrame.Report + (uint)-number : (uint)number, Plain(1)));
        }

        for (int i = 1; i < numbers.Length; i++)
        {
            Take(buffer);
        }

        Assert.Throws<ProtocolException>(() => Take(buffer));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(SealedFrame.Overhead)]
    public void A_frame_without_room_for_its_tag_is_refused(int length)
    {
        FrameBuffer buffer = Opened();
        Feed(buffer, Frame.Create(new byte[length]));
        Assert.Throws<ProtocolException>(() => Take(buffer));
    }

    private static byte[] Plain(int signal) => MessageCodec.ToFrame(new KillMessage(signal));

    private static FrameBuffer Opened() => new() { Opener = new FrameOpener(Key) };

    private static int Take(FrameBuffer buffer)
    {
        Assert.True(buffer.TryTake(out byte[] payload));
        return MessageCodec.Read<KillMessage>(payload).Signal;
    }

    private static void Feed(FrameBuffer buffer, byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            Memory<byte> space = buffer.GetSpace();
            int count = Math.Min(space.Length, bytes.Length - at);
            bytes.AsMemory(at, count).CopyTo(space);
            buffer.Advance(count);
            at += count;
        }
    }
}
