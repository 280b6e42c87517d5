using Interpose.Coordinator.Logging;
using Interpose.Linux;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// Processes that are stopped (SIGSTOP, a job of a shell) cannot answer. When nobody else is waited for any more, those
/// of this host are continued for the time of the checkpoint, held so that they run nothing of their own; they stop
/// themselves again. Runs on the event loop.
/// </summary>
internal sealed class StoppedProcesses(IOperationHost host, Roster roster, Func<bool> isSuspending)
{
    /// <summary>Others answer within a few milliseconds; looking for a process's number costs more than that.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(50);

    private IDisposable? _timer;

    /// <summary>Looks again and again, as long as processes are being suspended.</summary>
    public void Watch() => _timer = host.Loop.After(s_patience, Look);

    public void End() => _timer?.Dispose();

    private void Look()
    {
        if (!isSuspending())
        {
            return;
        }

        Participant[] late = [.. roster.All.Where(p => p.IsAwaited && !p.IsHeld)];
        Dictionary<Member, List<int>> owners = ConnectionOwner.Find([.. late.Select(p => p.Member)]);
        bool IsStopped(Participant p) => owners[p.Member].Any(LocalProcess.IsStopped);
        bool WaitsForChild(Participant p) => owners[p.Member].Any(HoldSignal.ContinueVforkChildren);
        // All are looked at, for each look may continue a child.
        if (late.Length > 0 && Array.TrueForAll(Array.ConvertAll(late, p => WaitsForChild(p) | IsStopped(p)), static stopped => stopped))
        {
            foreach (Participant participant in late.Where(IsStopped))
            {
                Hold(participant, owners[participant.Member]);
            }
        }

        Watch();
    }

    private void Hold(Participant participant, List<int> pids)
    {
        participant.IsHeld = true;
        foreach (int pid in pids.Where(LocalProcess.IsStopped))
        {
            // Otherwise it is gone, and its connection says so.
            if (HoldSignal.TryContinueHeld(pid))
            {
                host.Logger.ContinuedForCheckpoint(participant.Member.Name);
            }
        }
    }
}
