using Interpose.Cli.State;
using Interpose.Images.Checkpoints;

namespace Interpose.Cli.Verbs;

/// <summary>Finds the checkpoints that somebody means.</summary>
internal static class ImagesTarget
{
    /// <summary>All checkpoints.</summary>
    /// <param name="root">The checkpoint directory; null for that of the default coordinator, else the usual one.</param>
    public static CheckpointStore Store(string? root) => new(
        root is null ? CoordinatorFiles.FindDefault()?.CkptDir ?? StateDirectory.Checkpoints : Path.GetFullPath(root));

    /// <summary>The directory of one checkpoint.</summary>
    /// <param name="store">Where it is looked for.</param>
    /// <param name="given">A directory, COMPUTATION/EPOCH, COMPUTATION, or null for the newest of all.</param>
    /// <exception cref="CliException">There is no such checkpoint.</exception>
    public static string Resolve(CheckpointStore store, string? given) =>
        CheckpointFinder.Find(given is null ? null : Expand(store, given), store.Root);

    /// <summary>Makes a directory of what people write, such as ID/3 for ROOT/ID/000003.</summary>
    public static string Expand(CheckpointStore store, string given)
    {
        string inStore = Path.Combine(store.Root, given);
        string padded = ulong.TryParse(Path.GetFileName(inStore), out ulong epoch)
            ? Path.Combine(Path.GetDirectoryName(inStore) ?? "", CheckpointLayout.EpochName(epoch))
            : inStore;
        return new[] { given, inStore, padded }.FirstOrDefault(Directory.Exists) ?? given;
    }
}
