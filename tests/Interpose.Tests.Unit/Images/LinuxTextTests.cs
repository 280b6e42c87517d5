using System.Text;
using FsCheck.Xunit;
using Interpose.Images;

namespace Interpose.Tests.Unit.Images;

public class LinuxTextTests
{
    [Property(MaxTest = 500)]
    public bool Any_bytes_survive(byte[] bytes) => LinuxText.Encode(LinuxText.Decode(bytes)).SequenceEqual(bytes);

    [Theory]
    [InlineData("")]
    [InlineData("/tmp/plain")]
    [InlineData("/tmp/\u00e9\u4e16\U0001f600")]
    public void Valid_text_is_utf8(string text)
    {
        Assert.Equal(Encoding.UTF8.GetBytes(text), LinuxText.Encode(text));
        Assert.Equal(text, LinuxText.Decode(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void A_latin1_name_is_escaped_byte_by_byte() =>
        Assert.Equal("caf\udce9", LinuxText.Decode([0x63, 0x61, 0x66, 0xe9]));
}
