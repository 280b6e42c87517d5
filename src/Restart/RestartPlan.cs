using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>A compiled restart: the programs, and what the user should know about it.</summary>
public sealed class RestartPlan
{
    private const ulong PageSize = 4096;

    private readonly List<(string Name, ProgramBuilder Program, int ChainedBy)> _programs = [];

    /// <summary>The programs, the supervisor's first, with names for people.</summary>
    public IEnumerable<(string Name, ProgramBuilder Program)> Programs => _programs.Select(p => (p.Name, p.Program));

    /// <summary>Differences that the restored program may notice.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Length of the first program, bytes: it finds the others.</summary>
    public ulong FirstLength => (ulong)_programs[0].Program.ToBytes().Length;

    /// <summary>Adds the program that the restorer begins with.</summary>
    public void Add(string name, ProgramBuilder program) => _programs.Add((name, program, -1));

    /// <summary>Adds a program that an operation of the first one goes on with.</summary>
    public void Chain(int operation, string name, ProgramBuilder program) => _programs.Add((name, program, operation));

    /// <summary>All programs as one file: each at a page boundary, so that it can be mapped.</summary>
    public byte[] ToBytes()
    {
        ProgramBuilder first = _programs[0].Program;
        ulong at = Align((ulong)first.ToBytes().Length);
        var file = new MemoryStream();
        file.SetLength((long)at);
        foreach ((_, ProgramBuilder program, int operation) in _programs.Skip(1))
        {
            byte[] bytes = program.ToBytes();
            file.Position = (long)at;
            file.Write(bytes);
            first.SetArgument(operation, 0, at);
            first.SetArgument(operation, 1, (ulong)bytes.Length);
            at = Align(at + (ulong)bytes.Length);
        }

        first.BulkOffset = at;
        file.Position = (long)at;
        foreach (ReadOnlyMemory<byte> part in first.BulkParts)
        {
            file.Write(part.Span);
        }

        file.Position = 0;
        file.Write(first.ToBytes());
        return file.ToArray();
    }

    private static ulong Align(ulong length) => (length + PageSize - 1) & ~(PageSize - 1);
}
