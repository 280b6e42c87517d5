using System.Diagnostics;

namespace Interpose.Tests.System.Harness;

/// <summary>A program that runs in a sandbox with its standard streams in files.</summary>
internal sealed class RunningProgram : IDisposable
{
    private readonly Process _process;
    private readonly string _command;
    private bool _disposed;

    /// <summary>Takes over a started process.</summary>
    public RunningProgram(Process process, string command, string outputPath, string errorPath)
    {
        _process = process;
        _command = command;
        Pid = process.Id;
        OutputPath = outputPath;
        ErrorPath = errorPath;
    }

    /// <summary>Process id of what the test started.</summary>
    public int Pid { get; }

    /// <summary>File that holds standard output.</summary>
    public string OutputPath { get; }

    /// <summary>File that holds standard error.</summary>
    public string ErrorPath { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _disposed || _process.HasExited;

    /// <summary>What it has printed so far.</summary>
    public string Output => File.Exists(OutputPath) ? File.ReadAllText(OutputPath) : string.Empty;

    /// <summary>What it has printed to standard error so far.</summary>
    public string Error => File.Exists(ErrorPath) ? File.ReadAllText(ErrorPath) : string.Empty;

    /// <summary>Waits until standard output contains a line; fails when the program ends before.</summary>
    public Task WaitForLineAsync(string line) => Poll.UntilAsync(
        $"'{line}' of {_command}",
        () =>
        {
            bool ended = HasEnded;
            bool found = Output.Split('\n').Contains(line);
            Assert.True(found || !ended, $"{_command} ended before it printed '{line}'\n{Output}{Error}");
            return found;
        });

    /// <summary>Waits for the end.</summary>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public async Task<CommandResult> WaitAsync(TimeSpan? deadline = null)
    {
        using var limit = new CancellationTokenSource(deadline ?? Poll.Deadline);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_command} (pid {Pid}) does not end\n{Output}{Error}");
        }

        return new CommandResult(_command, _process.ExitCode, Output, Error);
    }

    /// <summary>Sends a signal to the started process itself.</summary>
    public void Signal(string signal) => Shell.Run("kill", $"-{signal}", $"{Pid}");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _disposed = true;
    }
}
