using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>What is known about one host while it is found out whether everybody there stands still.</summary>
internal sealed class HostCensus(string host)
{
    public string Host => host;

    /// <summary>Processes that joined since, and are not suspended yet.</summary>
    public HashSet<Participant> Suspending { get; } = [];

    /// <summary>The process that was asked and has not answered.</summary>
    public Participant? Asked { get; set; }

    /// <summary>Somebody joined since the question: what will be answered says nothing about his children.</summary>
    public bool IsStale { get; set; }

    /// <summary>Every process of the computation on this host stands still.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Processes that had not joined when the last census was taken.</summary>
    public IReadOnlyList<CensusEntry> Unknown { get; set; } = [];

    /// <summary>Those that cannot be entered, as the last census showed them.</summary>
    public IReadOnlyList<CensusEntry> Outside { get; set; } = [];

    /// <summary>The next census.</summary>
    public IDisposable? Timer { get; set; }
}
