namespace Interpose.Resources;

/// <summary>What the shim noted when the program made its calls, since the kernel does not tell it later.</summary>
public interface IObjectKnowledge
{
    /// <summary>Every path that was given to inotify_add_watch(2), absolute. It may have been moved or removed since.</summary>
    IEnumerable<string> WatchedPaths { get; }

    /// <summary>The highest watch descriptor that any inotify instance has given out.</summary>
    int LastWatch { get; }
}
