namespace Interpose.Leaks;

/// <summary>What is done about objects that are shared with the outside: the values of --leaks.</summary>
public static class LeakPolicy
{
    /// <summary>A checkpoint with leaks is refused.</summary>
    public const string Fail = "fail";

    /// <summary>They are named, and the checkpoint is made: the default.</summary>
    public const string Warn = "warn";

    /// <summary>Nobody looks.</summary>
    public const string Ignore = "ignore";

    /// <summary>Every policy.</summary>
    public static IReadOnlyList<string> All { get; } = [Fail, Warn, Ignore];
}
