using System.Globalization;
using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>What makes two file descriptors lead to one object.</summary>
internal static class ObjectKey
{
    private const string EventFd = "anon_inode:[eventfd]";

    /// <summary>The object's identity; null where sharing does not matter (a regular file, a device that holds nothing).</summary>
    public static string? Of(ObservedFile file)
    {
        string link = file.Link;
        if (link.StartsWith("pipe:[", StringComparison.Ordinal) || link.StartsWith("socket:[", StringComparison.Ordinal) || IsTerminal(link))
        {
            return link;
        }

        if (link == EventFd)
        {
            // "eventfd-id:", proc_pid_fdinfo(5), is there since Linux 5.2.
            return file.Info("eventfd-id") is { Length: > 0 } id ? $"eventfd:{id}" : null;
        }

        if (link.StartsWith('/') && FileStatus.TryOf(file.ProcPath, out FileStatus status) >= 0 && status.IsPipe)
        {
            return string.Create(CultureInfo.InvariantCulture, $"fifo:{status.Device}:{status.Inode}");
        }

        return null;
    }

    /// <summary>Whether a path is that of a terminal: a pseudoterminal's slave, a console, or a serial line.</summary>
    public static bool IsTerminal(string link) =>
        link.StartsWith("/dev/pts/", StringComparison.Ordinal) || link.StartsWith("/dev/tty", StringComparison.Ordinal) || link == "/dev/console";
}
