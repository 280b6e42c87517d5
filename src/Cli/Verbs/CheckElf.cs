using System.Buffers.Binary;
using System.Text;

namespace Interpose.Cli.Verbs;

/// <summary>The little of an ELF file that decides whether a library can be preloaded into it.</summary>
/// <param name="Is64Bit">ELFCLASS64.</param>
/// <param name="Machine">e_machine.</param>
/// <param name="Interpreter">The dynamic loader; null for a static program.</param>
internal sealed record CheckElf(bool Is64Bit, int Machine, string? Interpreter)
{
    public const int X8664 = 62;

    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const int InterpreterSegment = 3;
    private const int MaxPath = 4096;

    /// <summary>Reads the headers, or returns null where the file is not ELF at all.</summary>
    /// <param name="file">The program; seekable.</param>
    public static CheckElf? Read(Stream file)
    {
        byte[] header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < 20
            || !header.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
        {
            return null;
        }

        bool is64 = header[4] == 2;
        int machine = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(18));
        return new CheckElf(is64, machine, is64 && machine == X8664 ? ReadInterpreter(file, header) : null);
    }

    private static string? ReadInterpreter(Stream file, byte[] header)
    {
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(header.AsSpan(32));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(54));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
        byte[] entry = new byte[ProgramHeaderBytes];
        for (int i = 0; size >= ProgramHeaderBytes && i < count; i++)
        {
            if (!ReadAt(file, table + ((ulong)i * (ulong)size), entry))
            {
                return null;
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == InterpreterSegment)
            {
                ulong length = BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(32));
                byte[] path = new byte[Math.Min(length, MaxPath)];
                return ReadAt(file, BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(8)), path)
                    ? Encoding.UTF8.GetString(path).TrimEnd('\0')
                    : null;
            }
        }

        return null;
    }

    private static bool ReadAt(Stream file, ulong offset, byte[] into)
    {
        if (offset > (ulong)file.Length)
        {
            return false;
        }

        file.Position = (long)offset;
        return file.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) == into.Length;
    }
}
