namespace Interpose.Images.Checkpoints;

/// <summary>
/// The checkpoints under one directory. It only ever deletes files that a checkpoint consists of, in directories that
/// are named like one, and never follows a symbolic link to do so.
/// </summary>
public sealed class CheckpointStore
{
    /// <summary>
    /// How long nothing must have been written to a directory without manifest before it counts as left over: a
    /// checkpoint in progress writes all the time.
    /// </summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromHours(1);

    private readonly TimeProvider _time;

    /// <param name="root">The checkpoint directory; it need not exist.</param>
    /// <param name="time">Clock by which an incomplete checkpoint is stale.</param>
    public CheckpointStore(string root, TimeProvider? time = null)
    {
        Root = root;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The checkpoint directory.</summary>
    public string Root { get; }

    /// <summary>All checkpoints, whatever their state, by computation and epoch.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public IReadOnlyList<CheckpointEntry> List()
    {
        var found = new List<CheckpointEntry>();
        if (Directory.Exists(Root))
        {
            foreach (string computation in Directory.EnumerateDirectories(Root))
            {
                found.AddRange(
                    Directory.EnumerateDirectories(computation)
                        .Where(d => CheckpointLayout.TryParseEpoch(Path.GetFileName(d), out _))
                        .Select(Look));
            }
        }

        return [.. found.OrderBy(c => c.Computation, StringComparer.Ordinal).ThenBy(c => c.Epoch)];
    }

    /// <summary>The complete checkpoint that was committed last, or null.</summary>
    /// <param name="computation">Look at this computation only.</param>
    public CheckpointEntry? Latest(string? computation = null) =>
        List()
            .Where(c => c.State == CheckpointState.Complete && (computation is null || c.Computation == computation))
            .OrderBy(c => c.Manifest!.CreatedNs)
            .ThenBy(c => c.Epoch)
            .LastOrDefault();

    /// <summary>Looks at one checkpoint directory, in a store or anywhere else.</summary>
    public static CheckpointEntry Look(string directory)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        Manifest? manifest = null;
        string? problem = null;
        CheckpointState state = CheckpointState.Incomplete;
        if (File.Exists(Path.Combine(full, Manifest.FileName)))
        {
            try
            {
                manifest = ManifestReader.Read(full);
                state = CheckpointState.Complete;
            }
            catch (ImageException e)
            {
                problem = e.Message;
                state = CheckpointState.Damaged;
            }
        }

        FileInfo[] files = new DirectoryInfo(full).GetFiles();
        return new CheckpointEntry
        {
            Directory = full,
            Computation = Path.GetFileName(Path.GetDirectoryName(full)) ?? "",
            Epoch = CheckpointLayout.TryParseEpoch(Path.GetFileName(full), out ulong epoch) ? epoch : 0,
            State = state,
            Manifest = manifest,
            Problem = problem,
            Bytes = files.Sum(f => f.Length),
            LastWrite = files.Select(f => f.LastWriteTimeUtc).Append(Directory.GetLastWriteTimeUtc(full)).Max(),
        };
    }

    /// <summary>Whether a checkpoint without manifest has been left behind rather than being written.</summary>
    public bool IsStale(CheckpointEntry checkpoint) =>
        checkpoint.State == CheckpointState.Incomplete && _time.GetUtcNow() - checkpoint.LastWrite > StaleAfter;

    /// <summary>
    /// Deletes a checkpoint. The manifest goes first, so that an interrupted removal leaves no checkpoint rather than
    /// half of one.
    /// </summary>
    /// <param name="checkpoint">What to delete.</param>
    /// <param name="incomplete">Allow it for one without manifest, if that is stale.</param>
    /// <exception cref="ImageException">It may not be deleted; the message says why.</exception>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    public void Remove(CheckpointEntry checkpoint, bool incomplete = false)
    {
        string directory = checkpoint.Directory;
        if (!FileIdentity.TryOf(directory, out FileIdentity identity, out _, followLinks: false)
            || !identity.IsDirectory)
        {
            throw new ImageException($"{directory}: not a directory (or a symbolic link to one); nothing was removed");
        }

        if (checkpoint.State == CheckpointState.Incomplete && !(incomplete && IsStale(checkpoint)))
        {
            throw new ImageException(
                $"{directory}: has no manifest and may be a checkpoint in progress; when nothing has written to it for {StaleAfter.TotalHours:0} hour, --incomplete removes it");
        }

        string[] foreign = [.. Directory.EnumerateFileSystemEntries(directory).Where(p => !IsOurs(Path.GetFileName(p)))];
        if (foreign.Length > 0)
        {
            throw new ImageException(
                $"{directory}: holds {Path.GetFileName(foreign[0])}, which is not part of a checkpoint; move it away first");
        }

        File.Delete(Path.Combine(directory, Manifest.FileName));
        DirectorySync.Sync(directory);
        foreach (string file in Directory.EnumerateFiles(directory))
        {
            File.Delete(file);
        }

        Directory.Delete(directory);
        RemoveIfEmpty(Path.GetDirectoryName(directory)!);
    }

    /// <summary>Deletes all but the newest complete checkpoints of every computation.</summary>
    /// <param name="keep">How many complete checkpoints of each computation stay; at least 1.</param>
    /// <param name="computation">Only of this computation.</param>
    /// <param name="incomplete">Delete stale directories without manifest too.</param>
    /// <returns>What was deleted.</returns>
    public IReadOnlyList<CheckpointEntry> Prune(int keep, string? computation = null, bool incomplete = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        var removed = new List<CheckpointEntry>();
        foreach (IGrouping<string, CheckpointEntry> group in List().GroupBy(c => c.Computation))
        {
            if (computation is not null && group.Key != computation)
            {
                continue;
            }

            // A damaged one counts for nothing and stays: somebody may still want to look at it.
            IEnumerable<CheckpointEntry> old =
                group.Where(c => c.State == CheckpointState.Complete).OrderByDescending(c => c.Epoch).Skip(keep);
            IEnumerable<CheckpointEntry> stale = incomplete ? group.Where(IsStale) : [];
            foreach (CheckpointEntry checkpoint in old.Concat(stale))
            {
                Remove(checkpoint, incomplete);
                removed.Add(checkpoint);
            }
        }

        return removed;
    }

    private static bool IsOurs(string name) =>
        name is Manifest.FileName or Manifest.TemporaryName
        || CheckpointLayout.IsImageName(name)
        || (name.EndsWith(CheckpointLayout.TemporarySuffix, StringComparison.Ordinal)
            && CheckpointLayout.IsImageName(name[..^CheckpointLayout.TemporarySuffix.Length]));

    private void RemoveIfEmpty(string computation)
    {
        bool inStore = Path.GetFullPath(computation) != Path.GetFullPath(Root);
        if (inStore && !Directory.EnumerateFileSystemEntries(computation).Any())
        {
            Directory.Delete(computation);
        }
    }
}
