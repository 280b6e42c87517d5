using Interpose.Coordinator.Storage;

namespace Interpose.Simulation;

/// <summary>Keeps nothing: there are no images.</summary>
internal sealed class NoStore : ICheckpointStore
{
    public (ulong Epoch, string Directory) CreateNext(string root, string computation, ulong minimum) => (minimum, "/nowhere");

    public void Commit(CheckpointRecord record)
    {
        // Nothing is kept.
    }

    public void Remove(string directory)
    {
        // Nothing was kept.
    }
}
