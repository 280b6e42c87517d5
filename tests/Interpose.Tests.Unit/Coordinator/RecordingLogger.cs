using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>Lets a test wait for something that a coordinator logs.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _events = new();

    /// <summary>Everything logged so far.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>Waits for the next event of this name that no call has waited for yet.</summary>
    public async Task NextAsync(string name) =>
        Assert.True(await Count(name).WaitAsync(TimeSpan.FromSeconds(30)), $"nothing logged {name}; so far:\n" + string.Join('\n', Lines));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Lines.Enqueue($"{eventId.Name}: {formatter(state, exception)} {exception}");
        Count(eventId.Name ?? string.Empty).Release();
    }

    private SemaphoreSlim Count(string name) => _events.GetOrAdd(name, _ => new SemaphoreSlim(0));
}
