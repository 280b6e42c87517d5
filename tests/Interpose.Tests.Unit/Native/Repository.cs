namespace Interpose.Tests.Unit.Native;

/// <summary>Finds the sources that a test compares with.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string NativeInclude => Path.Combine(Root, "native-shim", "include");

    private static string Find()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Interpose.sln")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException($"no Interpose.sln above {AppContext.BaseDirectory}");
    }
}
