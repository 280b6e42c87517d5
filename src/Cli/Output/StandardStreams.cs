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
        Console.SetOut(Plain(Console.OpenStandardOutput()));
        Console.SetError(Plain(Console.OpenStandardError()));
    }

    private static StreamWriter Plain(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true };
}
