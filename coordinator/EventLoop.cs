using System.Threading.Channels;
using Interpose.Coordinator.Logging;
using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator;

/// <summary>
/// Runs everything that touches the state of the computation, one thing after another. Connections, timers and
/// requests only post to it, so the barrier needs no locks and its order of events can be replayed in a test.
/// </summary>
public sealed class EventLoop(TimeProvider time, ILogger logger)
{
    private readonly Channel<Action> _queue = Channel.CreateUnbounded<Action>(new() { SingleReader = true });

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Queues an action; dropped when the loop has ended.</summary>
    public void Post(Action action) => _queue.Writer.TryWrite(action);

    /// <summary>Runs a function on the loop and hands back its result.</summary>
    public Task<T> InvokeAsync<T>(Func<Task<T>> function)
    {
        var result = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool queued = _queue.Writer.TryWrite(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception e)
            {
                result.SetException(e);
                throw;
            }
        });
        if (!queued)
        {
            result.SetException(new OperationCanceledException("the coordinator is ending"));
        }

        return result.Task.Unwrap();
    }

    /// <summary>Runs an action on the loop after a time, unless the returned timer is disposed before.</summary>
    public IDisposable After(TimeSpan delay, Action action)
    {
        var entry = new LoopTimer(this, action);
        entry.Start(time, delay);
        return entry;
    }

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public async Task RunAsync()
    {
        await foreach (Action action in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // A bug in one event must not take the coordinator from a running computation.
            catch (Exception e)
#pragma warning restore CA1031
            {
                logger.InternalError(e);
            }
        }
    }

    /// <summary>Ends the loop when what is queued has run.</summary>
    public void Stop() => _queue.Writer.TryComplete();

    private sealed class LoopTimer(EventLoop loop, Action action) : IDisposable
    {
        private ITimer? _timer;
        private bool _disposed;

        public void Start(TimeProvider time, TimeSpan delay) =>
            _timer = time.CreateTimer(_ => loop.Post(Fire), null, delay, Timeout.InfiniteTimeSpan);

        // Runs on the loop, as Dispose does: a timer that fired but was disposed while queued stays silent.
        public void Dispose()
        {
            _disposed = true;
            _timer?.Dispose();
        }

        private void Fire()
        {
            if (!_disposed)
            {
                Dispose();
                action();
            }
        }
    }
}
