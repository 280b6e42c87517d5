using System.Buffers.Binary;

namespace Interpose.Resources.Terminals;

/// <summary>struct termios2 (asm-generic/termbits.h), as far as we change it.</summary>
internal readonly struct TerminalSettings(byte[] bytes)
{
    private const int InputAt = 0, OutputAt = 4, LocalAt = 12, CharactersAt = 17, CharacterCount = 19;
    private const uint Canonical = 2, Echo = 8, Extended = 0x8000, External = 0x10000; // ICANON, ECHO, IEXTEN, EXTPROC
    private const int EndOfFile = 4, EndOfLine = 11, SecondEndOfLine = 16, Minimum = 6, Time = 5; // VEOF, VEOL, VEOL2, VMIN, VTIME

    public byte[] Bytes { get; } = bytes;

    private uint Local => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(LocalAt));

    /// <summary>Input is read line by line.</summary>
    public bool IsCanonical => (Local & Canonical) != 0 && (Local & External) == 0;

    /// <summary>The same, with all input to be read as it is.</summary>
    public byte[] WithoutLines() => With(Local & ~Canonical);

    /// <summary>Neither input nor output is changed on its way.</summary>
    public byte[] Raw()
    {
        byte[] raw = With(0);
        raw.AsSpan(InputAt, 8).Clear();
        raw.AsSpan(CharactersAt, CharacterCount).Clear();
        raw[CharactersAt + Minimum] = 1;
        raw[CharactersAt + Time] = 0;
        return raw;
    }

    /// <summary>
    /// Input is gathered into lines, and is not changed otherwise; each byte of it is sent back once, which shows that it
    /// has arrived.
    /// </summary>
    /// <param name="endOfFile">The character that ends a line without being part of it; 0: none.</param>
    public byte[] Lines(byte endOfFile)
    {
        byte[] lines = Raw();
        BinaryPrimitives.WriteUInt32LittleEndian(lines.AsSpan(LocalAt), Canonical | Echo | (Local & Extended));
        lines[CharactersAt + Minimum] = 0;
        lines[CharactersAt + EndOfFile] = endOfFile;
        lines[CharactersAt + EndOfLine] = Bytes[CharactersAt + EndOfLine];
        lines[CharactersAt + SecondEndOfLine] = Bytes[CharactersAt + SecondEndOfLine];
        return lines;
    }

    /// <summary>The line ends with a character that is part of it.</summary>
    public bool IsTerminated(byte[] line) => line.Length > 0
        && (line[^1] == (byte)'\n' || (line[^1] != 0
            && (line[^1] == Bytes[CharactersAt + EndOfLine] || line[^1] == Bytes[CharactersAt + SecondEndOfLine])));

    private byte[] With(uint local)
    {
        byte[] changed = [.. Bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(LocalAt), local);
        return changed;
    }
}
