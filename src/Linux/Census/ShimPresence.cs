using System.Buffers.Binary;

namespace Interpose.Linux.Census;

/// <summary>Finds out whether a process has the shim, or will have it when its loader is done.</summary>
internal sealed class ShimPresence(ProcReader proc)
{
    private const ulong AuxiliarySecure = 23; // AT_SECURE, getauxval(3)
    private const int AuxiliaryEntry = 16;

    private static ReadOnlySpan<byte> ShimName => "/libinterpose.so"u8;

    /// <summary>Null: it has it or is about to; otherwise why it will not.</summary>
    public string? WhyNot(int pid, in ProcessStat stat)
    {
        if (proc.Read(pid, "maps", int.MaxValue, out ReadOnlySpan<byte> maps) < 0)
        {
            // Of another user, or not dumpable because it has read privileges from its file.
            return "it gains privileges, or belongs to another user";
        }

        if (maps.IndexOf(ShimName) >= 0)
        {
            return null;
        }

        if (proc.Read(pid, "exe", ElfProgram.HeaderBytes, out ReadOnlySpan<byte> header) < 0)
        {
            // It is ending.
            return null;
        }

        ElfProgram program = ElfProgram.Inspect(header, Sys.TryReadLink($"/proc/{pid}/exe") ?? string.Empty);
        return program.Kind switch
        {
            ElfKind.Static => $"it is {program.Detail}",
            ElfKind.OtherArchitecture => $"it is {program.Detail}",
            _ when IsSecure(pid) => "it gains privileges",
            _ when stat.EnvironmentStart != 0 && !IsPreloaded(pid) => "it was started without the environment of this computation",
            _ => null,
        };
    }

    // The loader ignores LD_PRELOAD in a program that gains privileges (ld.so(8)).
    private bool IsSecure(int pid)
    {
        proc.Read(pid, "auxv", int.MaxValue, out ReadOnlySpan<byte> vector);
        for (; vector.Length >= AuxiliaryEntry; vector = vector[AuxiliaryEntry..])
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(vector) == AuxiliarySecure)
            {
                return BinaryPrimitives.ReadUInt64LittleEndian(vector[8..]) != 0;
            }
        }

        return false;
    }

    private bool IsPreloaded(int pid) =>
        proc.Read(pid, "environ", int.MaxValue, out ReadOnlySpan<byte> environment) < 0 || environment.IndexOf(ShimName) >= 0;
}
