using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Trees;

/// <summary>A program of many processes, of tests/programs/trees.</summary>
/// <param name="Name">Shown in names of tests.</param>
/// <param name="Words">Program and arguments before DIRECTORY, GO and PORT.</param>
/// <param name="UserOnly">Whether it refuses to run as root.</param>
public sealed record TreeCase(string Name, Func<string[]> Words, bool UserOnly = false)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<TreeCase> All { get; } =
    [
        Script("make"),
        Script("shell"),
        new("python-fork", () => ["/usr/bin/python3", Installation.Program("trees/multi.py"), "fork"]),
        new("python-spawn", () => ["/usr/bin/python3", Installation.Program("trees/multi.py"), "spawn"]),
        new("python-forkserver", () => ["/usr/bin/python3", Installation.Program("trees/multi.py"), "forkserver"]),
        Script("postgres") with { UserOnly = true },
        Script("redis"),
        Script("nginx"),
        Script("memcached"),
        new("node", () => ["node", Installation.Program("trees/processes.js")]),
        new("java", () => ["java", "-Xmx128m", "-cp", Installation.Program("."), "Processes"]),
        new("dotnet", () => ["dotnet", Installation.Program("DotnetProcesses/DotnetProcesses.dll")]),
        new("perl", () => ["perl", Installation.Program("trees/prefork.pl")]),
        new("ruby", () => ["ruby", Installation.Program("trees/prefork.rb")]),
        Script("gc"),
        Script("compile"),
        new("sqlite", () => ["/usr/bin/python3", Installation.Program("trees/wal.py")]),
        Script("parallel"),
    ];

    /// <summary>Names of those that an ordinary user runs, as data of a theory.</summary>
    public static TheoryData<string> Names { get; } = new(All.Select(program => program.Name));

    /// <summary>Names of those that root runs, as data of a theory.</summary>
    public static TheoryData<string> RootNames { get; } = new(All.Where(program => !program.UserOnly).Select(program => program.Name));

    /// <summary>Finds one by name.</summary>
    public static TreeCase Named(string name) => All.Single(program => program.Name == name);

    private static TreeCase Script(string name) => new(name, () => ["bash", Installation.Program($"trees/{name}.sh")]);
}
