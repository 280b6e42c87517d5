namespace Interpose.Cli.Launch;

/// <summary>The result of looking at a program.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">The file that decides: the program, or the interpreter of a script.</param>
/// <param name="Detail">More about it for a message; may be empty.</param>
internal readonly record struct ProgramInspection(ProgramKind Kind, string Path, string Detail);
