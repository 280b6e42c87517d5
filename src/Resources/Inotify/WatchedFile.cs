namespace Interpose.Resources.Inotify;

/// <summary>Where a watched file is to be found again.</summary>
/// <param name="Path">Its path.</param>
/// <param name="IsLink">It is the symbolic link itself (IN_DONT_FOLLOW).</param>
internal readonly record struct WatchedFile(string Path, bool IsLink);
