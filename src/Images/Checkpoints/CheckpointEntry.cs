namespace Interpose.Images.Checkpoints;

/// <summary>One directory in the place of a checkpoint.</summary>
public sealed class CheckpointEntry
{
    /// <summary>Its path.</summary>
    public required string Directory { get; init; }

    /// <summary>Id of the computation, from the directory's name.</summary>
    public required string Computation { get; init; }

    /// <summary>Number within the computation, from the directory's name.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Whether it can be restarted.</summary>
    public required CheckpointState State { get; init; }

    /// <summary>The manifest; null unless <see cref="State"/> is Complete.</summary>
    public Manifest? Manifest { get; init; }

    /// <summary>Why it is damaged; null unless it is.</summary>
    public string? Problem { get; init; }

    /// <summary>Bytes of all files in it.</summary>
    public required long Bytes { get; init; }

    /// <summary>Time of the last write to it or to a file in it.</summary>
    public required DateTimeOffset LastWrite { get; init; }

    /// <summary>Time of the commit; of the last write where there was none.</summary>
    public DateTimeOffset Created =>
        Manifest is null ? LastWrite : DateTimeOffset.UnixEpoch.AddTicks(Manifest.CreatedNs / TimeSpan.NanosecondsPerTick);
}
