using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>A walk through the phases. Every method runs on the event loop.</summary>
internal interface IOperation
{
    /// <summary>The phase it is in.</summary>
    Phase Phase { get; }

    /// <summary>The checkpoint it makes or comes from.</summary>
    ulong Epoch { get; }

    /// <summary>Whom it waits for, by host; empty: nobody.</summary>
    string Waiting { get; }

    /// <summary>A process joined.</summary>
    void Joined(Member member);

    /// <summary>A process's connection is gone.</summary>
    void Left(Member member);

    /// <summary>A process reports a phase done. False when that makes no sense now.</summary>
    bool PhaseDone(Member member, PhaseDoneMessage message);

    /// <summary>A process cannot do a phase. False when that makes no sense now.</summary>
    bool Failed(Member member, FailedMessage message);

    /// <summary>A process acknowledges an abort. False when that makes no sense now.</summary>
    bool Aborted(Member member, AbortedMessage message);

    /// <summary>Gives up by way of the abort edge.</summary>
    void GiveUp(ExitCode code, string reason);
}
