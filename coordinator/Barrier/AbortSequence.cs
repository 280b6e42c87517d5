using Interpose.Coordinator.Logging;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Gives a checkpoint up: tells every process to run on, waits for their answers, removes the unfinished directory.
/// Runs on the event loop.
/// </summary>
internal sealed class AbortSequence(
    IOperationHost host, Roster roster, ulong epoch, string directory, Action<CheckpointOutcome> ended)
{
    private CheckpointOutcome? _failure;
    private IDisposable? _timer;
    private bool _finishing;

    /// <summary>It has begun.</summary>
    public bool IsUnderWay => _failure is not null;

    /// <param name="failure">What the request is answered.</param>
    /// <param name="reason">What the processes are told.</param>
    /// <param name="silent">Who will not answer soon: whoever made the barrier time out finds the message behind what
    /// it has not read yet, and does both at once.</param>
    public void Begin(CheckpointOutcome failure, string reason, IReadOnlySet<Participant> silent)
    {
        _failure = failure;
        host.Logger.Aborted(epoch, reason);
        _timer = host.Loop.After(host.Options.Phases.AbortLimit, Finish);
        roster.AwaitAll(p => !p.Gone && !silent.Contains(p));
        foreach (Participant participant in roster.All)
        {
            if (!participant.Gone)
            {
                participant.Member.Connection.Send(new AbortMessage(epoch, reason));
            }
        }

        FinishWhenSettled();
    }

    /// <summary>A process has acknowledged, or never will.</summary>
    public void Settle(Participant participant)
    {
        roster.Settle(participant);
        FinishWhenSettled();
    }

    private void FinishWhenSettled()
    {
        if (roster.Awaited == 0)
        {
            Finish();
        }
    }

    private void Finish()
    {
        if (_finishing)
        {
            return;
        }

        _finishing = true;
        _timer?.Dispose();
        foreach (Participant participant in roster.All.Where(p => p.IsAwaited))
        {
            host.Logger.AbortUnacknowledged(participant.Member.Name, epoch);
        }

        _ = RemoveAndEndAsync();
    }

    private async Task RemoveAndEndAsync()
    {
        try
        {
            await Task.Run(() => host.Store.Remove(directory)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            host.Logger.CannotRemove(directory, e.Message);
        }

        host.Loop.Post(() => ended(_failure!));
    }
}
