namespace Interpose.Cli.Output;

/// <summary>Messages for people, on standard error; data goes to standard output and nowhere else.</summary>
internal static class Terminal
{
    private const string Red = "\e[1;31m";
    private const string Yellow = "\e[1;33m";
    private const string Reset = "\e[0m";

    private static bool Colour =>
        !Console.IsErrorRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>Something that failed.</summary>
    public static void Error(string message) => Write("error: ", Red, message);

    /// <summary>Something to know before it hurts.</summary>
    public static void Warning(string message) => Write("warning: ", Yellow, message);

    /// <summary>Something to know.</summary>
    public static void Note(string message) => Write(string.Empty, string.Empty, message);

    private static void Write(string label, string colour, string message)
    {
        string shown = Colour && label.Length > 0 ? colour + label + Reset : label;
        Console.Error.WriteLine($"interpose: {shown}{message}");
    }
}
