using System.Text;
using Interpose.Cli.Output;
using Interpose.Linux;

namespace Interpose.Tests.Unit.Cli;

public sealed class DescriptorStreamTests
{
    [Fact]
    public void Who_shares_the_descriptor_writes_behind_it()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream file = File.OpenWrite(path))
            {
                int fd = (int)file.SafeFileHandle.DangerousGetHandle();
                using var stream = new StreamWriter(new DescriptorStream(fd), new UTF8Encoding(false)) { AutoFlush = true };
                stream.Write("ours\n");
                Assert.Equal(7, Sys.TryWrite(fd, "theirs\n"u8));
                stream.Write("ours\n");
            }

            Assert.Equal("ours\ntheirs\nours\n", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_descriptor_that_cannot_be_written_is_named()
    {
        using var stream = new DescriptorStream(-1);
        Assert.Contains("fd -1", Assert.Throws<IOException>(() => stream.Write("x"u8)).Message, StringComparison.Ordinal);
    }
}
