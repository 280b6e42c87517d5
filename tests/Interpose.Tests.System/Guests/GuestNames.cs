using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Guests;

/// <summary>The guest programs that take part in every scenario: one for each source file.</summary>
public static class GuestNames
{
    // Not guests: the shared part. Not in every scenario: those with tests of their own.
    private static readonly HashSet<string> Excluded = ["guest", "blocking", "family", "talk", "tokens", "sleep_total", "map_file", "ballast", "append_log", "take_pid", "static_program", "refused", "ended_at_eof"];

    /// <summary>Data of a theory.</summary>
    public static TheoryData<string> All { get; } = new(
        Directory.EnumerateFiles(Path.Combine(Installation.Repository, "tests", "guests"), "*.c")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => !Excluded.Contains(name))
            .Order(StringComparer.Ordinal));
}
