using System.Diagnostics;

namespace Interpose.Tests.System.Harness;

/// <summary>Short commands of the test itself, outside any sandbox.</summary>
internal static class Shell
{
    /// <summary>Runs a command and gives its standard output; throws when it fails.</summary>
    public static string Run(string program, params string[] arguments) =>
        TryRun(program, arguments) ?? throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed");

    /// <summary>Runs a command and gives its standard output, or null when it fails.</summary>
    public static string? TryRun(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : null;
    }

    /// <summary>Whether a command is on the search path.</summary>
    public static bool Has(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));

    /// <summary>A word as a POSIX shell reads it back.</summary>
    public static string Quote(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
