namespace Interpose.Restart.Hosts;

/// <summary>One host of a restart over several.</summary>
public sealed record RestartPartOptions
{
    /// <summary>Whose processes are restarted here: a host of the checkpoint.</summary>
    public required string Host { get; init; }

    /// <summary>By which the computation knows them from now on.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Tells the others where this host accepts connections (ADDRESS:PORT); where each host of the checkpoint does, when
    /// all are ready.
    /// </summary>
    public required Func<IReadOnlyList<string>, IReadOnlyDictionary<string, IReadOnlyList<string>>> Meet { get; init; }

    /// <summary>HMAC-SHA256 of a message (second) under a key (first).</summary>
    public required Func<byte[], byte[], byte[]> Authenticate { get; init; }

    /// <summary>Others of the restart are on this machine: the numbers of its processes are not to be seen by them.</summary>
    public bool IsOneOfSeveralHere { get; init; }
}
