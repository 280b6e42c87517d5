using System.Text;
using FsCheck.Xunit;
using Interpose.Images;

namespace Interpose.Tests.Unit.Images;

public class Crc32CTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("a", 0xC1D04330u)]
    public void Plain_checksum_has_the_published_values(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Plain_checksum_of_zeros_has_the_value_of_rfc_3720() =>
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));

    [Property]
    public bool Plain_checksum_is_that_of_the_definition(byte[] data) =>
        Crc32C.Compute(data) == ~BitByBit(uint.MaxValue, data);

    [Property(MaxTest = 300)]
    public bool Interleaved_checksum_is_that_of_the_definition(byte[] data, byte repeat)
    {
        byte[] longer = [.. Enumerable.Repeat(data, 1 + (repeat % 40)).SelectMany(static d => d)];
        return Crc32C.ComputeInterleaved(longer) == InterleavedByDefinition(longer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(4096)]
    [InlineData(100_003)]
    public void Interleaved_checksum_covers_every_byte(int length)
    {
        byte[] data = new byte[length];
        uint before = Crc32C.ComputeInterleaved(data);
        foreach (int i in new[] { 0, length / 2, length - 1 }.Where(i => i >= 0 && i < length))
        {
            data[i] = 1;
            Assert.NotEqual(before, Crc32C.ComputeInterleaved(data));
            data[i] = 0;
        }

        Assert.Equal(before, Crc32C.ComputeInterleaved(data));
    }

    private static uint InterleavedByDefinition(byte[] data)
    {
        int rounds = data.Length / 32 * 32;
        uint[] lanes = [uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue];
        for (int i = 0; i < rounds; i += 8)
        {
            lanes[i / 8 % 4] = BitByBit(lanes[i / 8 % 4], data.AsSpan(i, 8));
        }

        byte[] last = [.. lanes.SelectMany(BitConverter.GetBytes), .. data[rounds..]];
        return ~BitByBit(uint.MaxValue, last);
    }

    private static uint BitByBit(uint crc, ReadOnlySpan<byte> data)
    {
        const uint reversedPolynomial = 0x82F63B78;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ reversedPolynomial : crc >> 1;
            }
        }

        return crc;
    }
}
