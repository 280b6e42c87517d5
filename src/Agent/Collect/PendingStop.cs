using Interpose.Agent.Abi;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>
/// A signal that stops the process as soon as its threads go on: one that came while they were being suspended, and was taken out of
/// the kernel's queue with all others.
/// </summary>
internal static unsafe class PendingStop
{
    private const int MaxAncestors = 1000;

    /// <summary>SIGTSTP, SIGTTIN, SIGTTOU; SIGSTOP takes effect in a suspended thread too.</summary>
    private static readonly int[] s_signals = [20, 21, 22];

    /// <summary>Whether the process is going to stop.</summary>
    /// <param name="state">Of a suspended process whose signals have been collected.</param>
    public static bool IsDue(NativeState* state)
    {
        HashSet<int> collected = SignalCollector.Collected(state);
        foreach (int signal in s_signals)
        {
            if (collected.Contains(signal) && SignalCollector.IsDefault(signal) && IsOpen(state, signal))
            {
                return HasLeadingParent();
            }
        }

        return false;
    }

    private static bool IsOpen(NativeState* state, int signal)
    {
        for (uint i = 0; i < state->ThreadCount; i++)
        {
            NativeThread* thread = &state->Threads[i];
            if (thread->State == NativeThread.StateParked && (thread->SignalMask >> (signal - 1) & 1) == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The kernel ignores these signals in an orphaned process group (setpgid(2)). This one is none if an ancestor in it has a parent
    /// of the same session in another group.
    /// </summary>
    private static bool HasLeadingParent()
    {
        try
        {
            (int parent, int group, int session) = KinCollector.Kin("self");
            for (int i = 0; i < MaxAncestors && parent > 0; i++)
            {
                (int next, int itsGroup, int itsSession) = KinCollector.Kin($"{parent}");
                if (itsGroup != group)
                {
                    return itsSession == session;
                }

                parent = next;
            }
        }
        catch (SyscallException)
        {
            // The ancestor has just ended.
        }

        return false;
    }
}
