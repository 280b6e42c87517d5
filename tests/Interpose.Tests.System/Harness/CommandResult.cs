namespace Interpose.Tests.System.Harness;

/// <summary>What a command left behind.</summary>
/// <param name="Command">The command line.</param>
/// <param name="ExitCode">Exit status; 128 + N after signal N.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandResult(string Command, int ExitCode, string Output, string Error)
{
    /// <summary>Fails the test unless the command succeeded.</summary>
    public CommandResult MustSucceed()
    {
        Assert.True(ExitCode == 0, $"{Command} ended with {ExitCode}\n{Error}{Output}");
        return this;
    }

    /// <summary>Fails the test unless the command failed with this status and explained itself on standard error.</summary>
    public CommandResult MustFail(int exitCode, params string[] words)
    {
        Assert.True(ExitCode == exitCode, $"{Command} ended with {ExitCode} instead of {exitCode}\n{Error}{Output}");
        Assert.False(string.IsNullOrWhiteSpace(Error), $"{Command} failed without a message");
        foreach (string word in words)
        {
            Assert.Contains(word, Error, StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain("Unhandled exception", Error, StringComparison.OrdinalIgnoreCase);
        return this;
    }
}
