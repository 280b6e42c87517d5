using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Programs;

/// <summary>A real program of tests/programs.</summary>
/// <param name="Name">Shown in names of tests.</param>
/// <param name="Words">Program and arguments before OUTPUT, GO and STEPS.</param>
/// <param name="Paused">Whether it must be held still between a checkpoint and the kill.</param>
public sealed record ProgramCase(string Name, Func<string[]> Words, bool Paused = false)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ProgramCase> All { get; } =
    [
        new("python-threads", () => ["/usr/bin/python3", Installation.Program("threads.py")]),
        new("python-numpy", () => ["/usr/bin/python3", Installation.Program("matrices.py")]),
        new("python-sqlite", () => ["/usr/bin/python3", Installation.Program("transactions.py")], Paused: true),
        new("perl", () => ["perl", Installation.Program("words.pl")]),
        new("java", () => ["java", "-XX:+UseG1GC", "-Xmx256m", "-cp", Installation.Program("."), "Workers"]),
        new("node", () => ["node", Installation.Program("workers.js")]),
        new("dotnet", () => ["dotnet", Installation.Program("DotnetWorkers/DotnetWorkers.dll")]),
        new("fortran-openmp", () => [Installation.Program("heat")]),
        new("r", () => ["Rscript", Installation.Program("model.R")]),
    ];

    /// <summary>Their names, as data of a theory.</summary>
    public static TheoryData<string> Names { get; } = new(All.Select(program => program.Name));

    /// <summary>Finds one by name.</summary>
    public static ProgramCase Named(string name) => All.Single(program => program.Name == name);
}
