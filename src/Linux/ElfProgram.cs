using System.Buffers.Binary;

namespace Interpose.Linux;

/// <summary>What the start of an executable tells about how it is loaded (elf(5)).</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Detail">More about it for a message; may be empty.</param>
public readonly record struct ElfProgram(ElfKind Kind, string Detail)
{
    /// <summary>How much of the file is looked at, in bytes; usual linkers put the program headers at its start.</summary>
    public const int HeaderBytes = 4096;

    private const int FileHeaderSize = 64;
    private const int Elf64 = 2;
    private const int MachineX64 = 62;
    private const uint ProgramInterpreter = 3;
    private const int ProgramHeaderSize = 56;

    /// <summary>Looks at the first <see cref="HeaderBytes"/> of a file, or at all of a shorter one.</summary>
    /// <param name="header">The bytes.</param>
    /// <param name="name">Name of the file, by which the loader itself is known.</param>
    public static ElfProgram Inspect(ReadOnlySpan<byte> header, string name)
    {
        if (header.Length < FileHeaderSize || !header.StartsWith("\x7f"u8) || !header[1..].StartsWith("ELF"u8))
        {
            return new(ElfKind.None, string.Empty);
        }

        int machine = BinaryPrimitives.ReadUInt16LittleEndian(header[18..]);
        if (header[4] != Elf64 || machine != MachineX64)
        {
            return new(
                ElfKind.OtherArchitecture, header[4] != Elf64 ? "a 32-bit program" : $"a program for machine type {machine}");
        }

        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        for (int i = 0; i < count; i++)
        {
            ulong entry = offset + (ulong)(i * ProgramHeaderSize);
            if (entry > (ulong)header.Length || entry + ProgramHeaderSize > (ulong)header.Length)
            {
                // The table lies elsewhere in the file, which no usual linker does: let the kernel decide.
                return new(ElfKind.Dynamic, string.Empty);
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(header[(int)entry..]) == ProgramInterpreter)
            {
                return new(ElfKind.Dynamic, string.Empty);
            }
        }

        // The loader itself has no interpreter but loads what is preloaded.
        return Path.GetFileName(name).StartsWith("ld-linux", StringComparison.Ordinal)
            ? new(ElfKind.Dynamic, string.Empty)
            : new(ElfKind.Static, "statically linked");
    }
}
