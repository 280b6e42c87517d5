using Interpose.Images;
using Interpose.Images.Checkpoints;

namespace Interpose.Cli.Verbs;

/// <summary>Finds the checkpoint that somebody means.</summary>
internal static class ImagesTarget
{
    /// <summary>The directory of all checkpoints.</summary>
    /// <param name="option">What the user gave, if anything.</param>
    public static string Root(string? option)
    {
        if (option is { Length: > 0 })
        {
            return Path.GetFullPath(option);
        }

        string state = ImagesOptions.Value("XDG_STATE_HOME")
            ?? Path.Combine(ImagesOptions.Value("HOME") ?? "/", ".local", "state");
        return Path.Combine(state, "interpose", "checkpoints");
    }

    /// <summary>The directory of one checkpoint.</summary>
    /// <param name="store">Where checkpoints are looked for.</param>
    /// <param name="target">A directory, COMPUTATION/EPOCH, COMPUTATION, or null for the latest of all.</param>
    /// <exception cref="ImageException">There is no such checkpoint.</exception>
    public static string Resolve(CheckpointStore store, string? target)
    {
        if (target is null)
        {
            return store.Latest()?.Directory
                ?? throw new ImageException($"{store.Root}: holds no complete checkpoint; make one with interpose checkpoint");
        }

        string inStore = Path.Combine(store.Root, target);
        foreach (string candidate in new[] { target, inStore, WithEpochName(inStore) })
        {
            if (File.Exists(Path.Combine(candidate, Manifest.FileName)))
            {
                return candidate;
            }
        }

        if (Path.GetFileName(target) == target && store.Latest(target) is { } latest)
        {
            return latest.Directory;
        }

        throw Directory.Exists(target)
            ? new ImageException($"{target}: has no manifest, so it is not a complete checkpoint; interpose images list shows those that are")
            : new ImageException($"{target}: no such checkpoint, here or in {store.Root}; interpose images list shows those that are there");
    }

    /// <summary>Lets people write COMPUTATION/3 for COMPUTATION/000003.</summary>
    private static string WithEpochName(string path) =>
        ulong.TryParse(Path.GetFileName(path), out ulong epoch)
            ? Path.Combine(Path.GetDirectoryName(path) ?? "", CheckpointLayout.EpochName(epoch))
            : path;
}
