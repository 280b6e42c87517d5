using System.Text;

namespace Interpose.Cli.Output;

/// <summary>Standard output and error as plain streams.</summary>
internal static class StandardStreams
{
    /// <summary>
    /// Replaces the framework's writers, which send a terminal into keypad mode when they are first used and do not
    /// bring it back.
    /// </summary>
    public static void Install()
    {
        Console.SetOut(Plain(1));
        Console.SetError(Plain(2));
    }

    private static StreamWriter Plain(int fd) =>
        new(new DescriptorStream(fd), new UTF8Encoding(false))
        {
            AutoFlush = true,
        };
}
