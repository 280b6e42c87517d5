using Interpose.Protocol;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Protocol;

public sealed class FrameTests
{
    [Fact]
    public void A_frame_is_its_length_and_its_payload() =>
        Assert.Equal("03000000AABBCC", Convert.ToHexString(Frame.Create([0xAA, 0xBB, 0xCC])));

    [Theory]
    [InlineData("")]
    [InlineData("03")]
    [InlineData("030000")]
    [InlineData("03000000")]
    [InlineData("03000000AABB")]
    public void A_part_of_a_frame_is_waited_for(string hex)
    {
        Assert.False(Frame.TryParse(Convert.FromHexString(hex), Frame.MaxPayload, out _, out int consumed));
        Assert.Equal(0, consumed);
    }

    [Theory]
    [InlineData("00000000", Frame.MaxPayload)]
    [InlineData("01000001", Frame.MaxPayload)]
    [InlineData("FFFFFFFF", Frame.MaxPayload)]
    [InlineData("00000080", Frame.MaxPayload)]
    [InlineData("01040000", Frame.MaxUnauthenticatedPayload)]
    public void A_forbidden_length_is_refused_before_the_payload_comes(string hex, int cap) =>
        Assert.Throws<ProtocolException>(() => Frame.TryParse(Convert.FromHexString(hex), cap, out _, out _));

    [Fact]
    public void The_largest_payload_passes()
    {
        byte[] frame = Frame.Create(new byte[Frame.MaxPayload]);
        Assert.True(Frame.TryParse(frame, Frame.MaxPayload, out ReadOnlySpan<byte> payload, out int consumed));
        Assert.Equal(Frame.MaxPayload, payload.Length);
        Assert.Equal(frame.Length, consumed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Frames_are_put_together_from_pieces_of_any_size(int piece)
    {
        byte[][] payloads = [.. Enumerable.Range(1, 20).Select(i => Enumerable.Repeat((byte)i, i * 40).ToArray())];
        byte[] stream = [.. payloads.SelectMany(p => Frame.Create(p))];
        var buffer = new FrameBuffer();
        var received = new List<byte[]>();
        for (int offset = 0; offset < stream.Length;)
        {
            Memory<byte> space = buffer.GetSpace();
            int count = Math.Min(Math.Min(piece, space.Length), stream.Length - offset);
            stream.AsMemory(offset, count).CopyTo(space);
            buffer.Advance(count);
            offset += count;
            while (buffer.TryTake(out byte[] payload))
            {
                received.Add(payload);
            }
        }

        Assert.Equal(payloads, received);
        Assert.False(buffer.HasPending);
    }
}
