using System.Globalization;

namespace Interpose.Coordinator.Storage;

/// <summary>Checkpoints as directories: <c>root/computation/000001</c>, with a manifest once they are committed.</summary>
public sealed class CheckpointDirectories : ICheckpointStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <inheritdoc/>
    public (ulong Epoch, string Directory) CreateNext(string root, string computation, ulong minimum)
    {
        string parent = Path.Combine(root, computation);
        Directory.CreateDirectory(parent, OwnerOnly);
        ulong epoch = Math.Max(minimum, 1);
        foreach (string existing in Directory.EnumerateDirectories(parent))
        {
            // An unfinished one counts too: a writer that nobody can reach any more may still be at work in it.
            if (ulong.TryParse(Path.GetFileName(existing), NumberStyles.None, CultureInfo.InvariantCulture, out ulong found)
                && found >= epoch && found < ulong.MaxValue)
            {
                epoch = found + 1;
            }
        }

        string directory = Path.Combine(parent, epoch.ToString("D6", CultureInfo.InvariantCulture));
        Directory.CreateDirectory(directory, OwnerOnly);
        return (epoch, directory);
    }

    /// <inheritdoc/>
    public void Commit(CheckpointRecord record) => ManifestCommit.Write(record);

    /// <inheritdoc/>
    public void Remove(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
