namespace Interpose.Coordinator.Storage;

/// <summary>Where checkpoints are kept. Tests bring one that fails on demand.</summary>
public interface ICheckpointStore
{
    /// <summary>Creates the directory of the next checkpoint.</summary>
    /// <param name="root">The directory of all computations.</param>
    /// <param name="computation">The computation.</param>
    /// <param name="minimum">The epoch is at least this.</param>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    (ulong Epoch, string Directory) CreateNext(string root, string computation, ulong minimum);

    /// <summary>Writes the manifest; when this returns the checkpoint exists. Called outside the event loop.</summary>
    /// <exception cref="IOException">An image is missing or the manifest cannot be written.</exception>
    void Commit(CheckpointRecord record);

    /// <summary>Removes the directory of a checkpoint that was given up. Called outside the event loop.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    void Remove(string directory);
}
