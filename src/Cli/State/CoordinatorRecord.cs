namespace Interpose.Cli.State;

/// <summary>What a state file says about a coordinator. The file is readable by its owner only: it has the secret.</summary>
internal sealed record CoordinatorRecord
{
    /// <summary>Version of the file's format.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Address at which it is reached.</summary>
    public required string Host { get; init; }

    /// <summary>Port.</summary>
    public required int Port { get; init; }

    /// <summary>Process id of the coordinator.</summary>
    public required int Pid { get; init; }

    /// <summary>The secret as hexadecimal digits.</summary>
    public required string Secret { get; init; }

    /// <summary>The computation it serves.</summary>
    public required string Computation { get; init; }

    /// <summary>Directory of all computations.</summary>
    public required string CkptDir { get; init; }

    /// <summary>Codec of new images.</summary>
    public required string Codec { get; init; }

    /// <summary>Where it listens; empty: at <see cref="Address"/>.</summary>
    public string Listen { get; init; } = string.Empty;

    /// <summary>Time between automatic checkpoints in milliseconds; 0 for none.</summary>
    public long IntervalMs { get; init; }

    /// <summary>How long it stays without a process, in milliseconds; -1: for ever.</summary>
    public long LingerMs { get; init; } = -1;

    /// <summary>What it does about objects shared with the outside; empty: not known.</summary>
    public string Leaks { get; init; } = string.Empty;

    /// <summary>The hosts that have processes, separated by commas: those that its successor has to wait for.</summary>
    public string Hosts { get; init; } = string.Empty;

    /// <summary>HOST:PORT.</summary>
    public string Address() => $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}
