using System.Text.Json;
using Interpose.Cli.Native;
using Interpose.Cli.Output;

namespace Interpose.Cli.State;

/// <summary>Reads and writes the files by which coordinators are found.</summary>
internal static class CoordinatorFiles
{
    private const int MaxRecord = 16 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The record in a file, or null when there is none or it makes no sense.</summary>
    public static CoordinatorRecord? TryRead(string path)
    {
        Span<byte> buffer = stackalloc byte[MaxRecord];
        int length = SmallFile.TryRead(path, buffer);
        return length is > 0 and < MaxRecord ? CoordinatorRecordReader.TryParse(buffer[..length]) : null;
    }

    /// <summary>
    /// The default coordinator, when it lives. When it has gone, the newest other one takes its place: it is the one
    /// that was the default before.
    /// </summary>
    public static CoordinatorRecord? FindDefault() =>
        TryRead(StateDirectory.DefaultFile) is { } record && IsAlive(record) ? record : FindNewest();

    /// <summary>Whether the coordinator of a record lives.</summary>
    public static bool IsAlive(CoordinatorRecord record) => FileLock.IsHeld(StateDirectory.LockOf(record.Port));

    /// <summary>Writes the record of a coordinator so that a reader sees the old one or the new one, never half.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(CoordinatorRecord record)
    {
        StateDirectory.Create(StateDirectory.Coordinators);
        string path = StateDirectory.FileOf(record.Port);
        WritePrivate(path, JsonSerializer.SerializeToUtf8Bytes(record, StateJson.Default.CoordinatorRecord));
    }

    /// <summary>Makes a coordinator the default one.</summary>
    public static void MakeDefault(int port)
    {
        string link = $"{StateDirectory.DefaultFile}.{Environment.ProcessId}";
        File.Delete(link);
        File.CreateSymbolicLink(link, StateDirectory.FileOf(port));
        File.Move(link, StateDirectory.DefaultFile, overwrite: true);
    }

    /// <summary>
    /// A coordinator has taken the place of one on another port: who asks for the old port, as programs of the computation do
    /// that have it in their environment, finds the new one.
    /// </summary>
    public static void Replace(int oldPort, int newPort)
    {
        string link = $"{StateDirectory.FileOf(oldPort)}.{Environment.ProcessId}";
        File.Delete(link);
        File.CreateSymbolicLink(link, StateDirectory.FileOf(newPort));
        File.Move(link, StateDirectory.FileOf(oldPort), overwrite: true);
    }

    /// <summary>Removes what <see cref="Write"/> and <see cref="MakeDefault"/> made for a coordinator that ends.</summary>
    public static void Remove(int port)
    {
        try
        {
            string file = StateDirectory.FileOf(port);
            if (new FileInfo(StateDirectory.DefaultFile).LinkTarget == file)
            {
                File.Delete(StateDirectory.DefaultFile);
            }

            File.Delete(file);
            File.Delete(StateDirectory.LockOf(port));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What is left is stale, which every reader can tell.
        }
    }

    /// <summary>Replaces a file that only its owner may read.</summary>
    public static void WritePrivate(string path, ReadOnlySpan<byte> contents)
    {
        string temporary = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(contents);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static CoordinatorRecord? FindNewest() =>
        Directory.Exists(StateDirectory.Coordinators)
            ? new DirectoryInfo(StateDirectory.Coordinators)
                .EnumerateFiles("*.json")
                .OrderByDescending(f => f.LastWriteTimeUtc)
                .Select(f => TryRead(f.FullName))
                .FirstOrDefault(r => r is not null && IsAlive(r))
            : null;
}
