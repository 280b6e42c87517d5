using System.Net;
using Interpose.Leaks;
using Interpose.Protocol;

namespace Interpose.Coordinator;

/// <summary>How a coordinator is to behave.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>Where to listen. Loopback unless told otherwise; port 0 lets the kernel choose.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The secret of the computation, <see cref="Handshake.SecretSize"/> bytes.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>The computation this coordinator serves until a restart brings another one.</summary>
    public required string Computation { get; init; }

    /// <summary>Absolute directory that holds one directory per computation.</summary>
    public required string CheckpointRoot { get; init; }

    /// <summary>Codec of new images: none, zstd or auto.</summary>
    public string Codec { get; init; } = "auto";

    /// <summary>What is done about objects that are shared with the outside, see <see cref="LeakPolicy"/>.</summary>
    public string Leaks { get; init; } = LeakPolicy.Warn;

    /// <summary>Finds what a computation shares with the outside; not called on the event loop.</summary>
    public Func<string, IReadOnlyList<Leak>> FindLeaks { get; init; } = LeakScan.Run;

    /// <summary>Time between automatic checkpoints, or zero for none.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>
    /// How long to stay when no process is left, counted from the departure of the last one (or from the start when
    /// none ever came). Zero leaves with the last process but waits for a first one; null stays for ever.
    /// </summary>
    public TimeSpan? Linger { get; init; }

    /// <summary>
    /// For one that takes the place of a coordinator that died: the hosts whose processes have to come back before there can
    /// be a checkpoint, which would otherwise be one without them.
    /// </summary>
    public IReadOnlyList<string> AwaitedHosts { get; init; } = [];

    /// <summary>For the same: number of the last checkpoint.</summary>
    public ulong LastEpoch { get; init; }

    /// <summary>How many connections may be open that have not yet proved that they know the secret.</summary>
    public int MaxNewcomers { get; init; } = 512;

    /// <summary>The transition table.</summary>
    public PhaseTable Phases { get; init; } = PhaseTable.Default;

    /// <summary>How long processes may take to end when they are killed, before the coordinator signals them itself.</summary>
    public TimeSpan KillLimit { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The clock. Tests bring their own.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
