using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Interpose.Simulation;

/// <summary>Notes when the coordinator enters a phase, by its log.</summary>
internal sealed class PhaseClock : ILogger
{
    private const int MaxComplaints = 10;
    private int _complaints;

    /// <summary>What happened when.</summary>
    public List<(string What, long When)> Marks { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name is "PhaseEntered" or "Committed")
        {
            lock (Marks)
            {
                string text = formatter(state, exception);
                Marks.Add((eventId.Name == "Committed" ? "end" : text[(text.LastIndexOf(' ') + 1)..], Stopwatch.GetTimestamp()));
            }
        }
        else if (logLevel >= LogLevel.Warning && Interlocked.Increment(ref _complaints) <= MaxComplaints)
        {
            Console.Error.WriteLine(formatter(state, exception) + exception);
        }
    }
}
