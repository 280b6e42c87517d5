using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>A process as one operation sees it.</summary>
internal sealed class Participant(Member member)
{
    public Member Member => member;

    /// <summary>The last phase it reported done, apart from Write, which runs beside the others.</summary>
    public Phase Done { get; set; } = Phase.Running;

    /// <summary>What its writer reported.</summary>
    public ImageReport? Image { get; set; }

    /// <summary>Its connection is gone.</summary>
    public bool Gone { get; set; }

    /// <summary>It has acknowledged the abort, or is not expected to.</summary>
    public bool AbortSettled { get; set; }
}
