using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.State;

/// <summary>Finds the checkpoint that a user means.</summary>
internal static class CheckpointFinder
{
    /// <summary>The directory of a checkpoint.</summary>
    /// <param name="given">A checkpoint, a computation or a directory of computations; null for the newest of all.</param>
    /// <param name="root">The checkpoint directory, or null for that of the default coordinator, else the usual one.</param>
    /// <exception cref="CliException">There is none.</exception>
    public static string Find(string? given, string? root)
    {
        if (given is null)
        {
            string store = root ?? CoordinatorFiles.FindDefault()?.CkptDir ?? StateDirectory.Checkpoints;
            return new CheckpointStore(store).Latest()?.Directory
                ?? throw new CliException(ExitCode.Failure, $"there is no complete checkpoint in {store}; name another with --ckpt-dir");
        }

        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(given));
        if (!Directory.Exists(path))
        {
            throw new CliException(ExitCode.Failure, $"{given}: no such directory");
        }

        if (File.Exists(Path.Combine(path, Manifest.FileName)))
        {
            return path;
        }

        return NewestIn(path) ?? new CheckpointStore(path).Latest()?.Directory ?? throw new CliException(
            ExitCode.ImageInvalid,
            $"{given}: not a checkpoint: it has no manifest, and no directory in it has one; was the checkpoint interrupted?");
    }

    private static string? NewestIn(string computation) =>
        Directory.EnumerateDirectories(computation)
            .Where(d => CheckpointLayout.TryParseEpoch(Path.GetFileName(d), out _))
            .Select(CheckpointStore.Look)
            .Where(c => c.State == CheckpointState.Complete)
            .MaxBy(c => c.Epoch)?.Directory;
}
