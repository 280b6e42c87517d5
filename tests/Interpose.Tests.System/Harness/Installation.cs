using System.Runtime.CompilerServices;

namespace Interpose.Tests.System.Harness;

/// <summary>
/// The build output, copied to a directory that every user can reach. Tests run from the copy, so
/// that they also prove that the tree can be moved.
/// </summary>
internal static class Installation
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly Lazy<string> CopiedRoot = new(Copy, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Root of the copy: bin, lib, guests, programs.</summary>
    public static string Root => CopiedRoot.Value;

    /// <summary>The command under test.</summary>
    public static string Interpose => Path.Combine(Root, "bin", "interpose");

    /// <summary>Path of a guest program.</summary>
    public static string Guest(string name) => Path.Combine(Root, "guests", name);

    /// <summary>Path of a test program or of what was built from it.</summary>
    public static string Program(string name) => Path.Combine(Root, "programs", name);

    /// <summary>Path of an MPI program: LIBRARY/NAME.</summary>
    public static string Mpi(string name) => Path.Combine(Root, "mpi", name);

    /// <summary>Root of the source tree.</summary>
    public static string Repository { get; } = FindRepository();

    private static string FindRepository([CallerFilePath] string here = "")
    {
        DirectoryInfo? directory = new(Path.GetDirectoryName(here)!);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Interpose.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException($"no Interpose.sln above {here}");
    }

    private static string Copy()
    {
        string output = Path.Combine(Repository, "out");
        if (!File.Exists(Path.Combine(output, "bin", "interpose")))
        {
            throw new InvalidOperationException($"{output} is not built; run ./build.sh test");
        }

        string root = Directory.CreateTempSubdirectory("interpose-tests-").FullName;
        File.SetUnixFileMode(root, Readable);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        CopyTree(Path.Combine(output, "bin"), Path.Combine(root, "bin"));
        CopyTree(Path.Combine(output, "lib"), Path.Combine(root, "lib"));
        CopyTree(Path.Combine(output, "tests", "guests"), Path.Combine(root, "guests"));
        CopyTree(Path.Combine(output, "tests", "programs"), Path.Combine(root, "programs"));
        CopyTree(Path.Combine(output, "tests", "mpi"), Path.Combine(root, "mpi"));
        CopyTree(Path.Combine(Repository, "tests", "programs"), Path.Combine(root, "programs"));
        return root;
    }

    private static void CopyTree(string from, string to)
    {
        if (!Directory.Exists(from))
        {
            return;
        }

        Directory.CreateDirectory(to, Readable);
        File.SetUnixFileMode(to, Readable);
        foreach (string directory in Directory.EnumerateDirectories(from))
        {
            CopyTree(directory, Path.Combine(to, Path.GetFileName(directory)));
        }

        foreach (string file in Directory.EnumerateFiles(from))
        {
            string copy = Path.Combine(to, Path.GetFileName(file));
            File.Copy(file, copy, overwrite: true);
            File.SetUnixFileMode(copy, Readable);
        }
    }
}
