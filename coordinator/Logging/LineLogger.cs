using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator.Logging;

/// <summary>A logger that writes one line per event, to a log file or to standard error.</summary>
public sealed class LineLogger(TextWriter writer, LogLevel minimum, TimeProvider time) : ILogger
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (!IsEnabled(logLevel))
        {
            return;
        }

        string level = logLevel switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            _ => "error",
        };
        string when = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

        // What a peer sent may be part of the text: no line of the log is to be of its making.
        string text = formatter(state, exception).ReplaceLineEndings(" ");
        string line = $"{when} {level}: {text}" + (exception is null ? string.Empty : Environment.NewLine + exception);
        lock (_lock)
        {
            try
            {
                writer.WriteLine(line);
                writer.Flush();
            }
            catch (IOException)
            {
                // A full disk must not end the coordinator.
            }
        }
    }
}
