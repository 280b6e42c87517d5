using System.Runtime.InteropServices;
using System.Text;
using Interpose.Linux;

namespace Interpose.Resources.Program;

/// <summary>Builds the list of operations that the restorer executes. docs/architecture.md explains the idea.</summary>
public sealed class ProgramBuilder(int firstSlot = 1)
{
    private readonly List<Operation> _operations = [];
    private readonly List<byte> _data = [0];
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<ReadOnlyMemory<byte>> _bulk = [];
    private int _nextSlot = firstSlot;

    public IReadOnlyList<Operation> Operations => _operations;

    public ReadOnlySpan<byte> DataBytes => CollectionsMarshal.AsSpan(_data);

    /// <summary>The first slot that is free: a program that this one chains to begins there.</summary>
    public int NextSlot => _nextSlot;

    /// <summary>Number of the operation that is added next.</summary>
    public int Next => _operations.Count;

    /// <summary>A slot of its own for a result.</summary>
    public int NewSlot(int count = 1)
    {
        int slot = _nextSlot;
        _nextSlot += count;
        return slot;
    }

    /// <summary>Puts bytes into the program; operations refer to them by address.</summary>
    public Argument Data(ReadOnlySpan<byte> bytes, int alignment = 8)
    {
        while (_data.Count % alignment != 0)
        {
            _data.Add(0);
        }

        int offset = _data.Count;
        _data.AddRange(bytes);
        return Argument.Data(offset);
    }

    public Argument Data<T>(ReadOnlySpan<T> records)
        where T : unmanaged => Data(MemoryMarshal.AsBytes(records), 16);

    /// <summary>
    /// Bytes of which there may be more than the restorer's window has room for, such as what is unread in queues. For the
    /// first program only.
    /// </summary>
    public Argument Bulk(ReadOnlyMemory<byte> bytes)
    {
        ulong offset = BulkLength;
        _bulk.Add(bytes);
        BulkLength += (ulong)bytes.Length;
        return new Argument(offset, ArgumentMode.Bulk);
    }

    /// <summary>What <see cref="Bulk"/> was given, one behind the other.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> BulkParts => _bulk;

    /// <summary>Length of it, bytes.</summary>
    public ulong BulkLength { get; private set; }

    /// <summary>Where it will be in the file of this program.</summary>
    public ulong BulkOffset { get; set; }

    /// <summary>A NUL-terminated text.</summary>
    public Argument Text(string text) => Argument.Data(TextOffset(text));

    /// <summary>Adds a system call.</summary>
    /// <param name="label">What it does, for people: printed when it fails, and by inspect --plan.</param>
    /// <returns>The slot of its result, 0 when none was asked for.</returns>
    public int Syscall(
        string label,
        SyscallNumber number,
        ReadOnlySpan<Argument> arguments,
        Expectation expect = Expectation.Success,
        long expected = 0,
        bool keep = false) => Add(OperationKind.Syscall, label, (long)number, arguments, expect, expected, keep);

    public int Add(
        OperationKind kind,
        string label,
        long number,
        ReadOnlySpan<Argument> arguments,
        Expectation expect = Expectation.Success,
        long expected = 0,
        bool keep = false)
    {
        int slot = keep ? NewSlot() : 0;
        var operation = new Operation
        {
            Kind = kind,
            Expect = expect,
            Label = (uint)TextOffset(label),
            Number = number,
            ResultSlot = (uint)slot,
            Expected = expected,
        };
        for (int i = 0; i < arguments.Length; i++)
        {
            unsafe
            {
                operation.Arguments[i] = arguments[i].Value;
            }

            operation.Modes |= (uint)arguments[i].Mode << (4 * i);
        }

        _operations.Add(operation);
        return slot;
    }

    /// <summary>Gives an argument that was not known when its operation was added.</summary>
    public unsafe void SetArgument(int operation, int index, ulong value) =>
        CollectionsMarshal.AsSpan(_operations)[operation].Arguments[index] = value;

    /// <summary>Gives an operation that was added before its target was known the number to go to.</summary>
    public void SetNumber(int operation, int number) => CollectionsMarshal.AsSpan(_operations)[operation].Number = number;

    /// <summary>Length of the program, bytes.</summary>
    public ulong Length =>
        (ulong)(Marshal.SizeOf<ProgramHeader>() + (Marshal.SizeOf<Operation>() * _operations.Count) + 16 + _data.Count);

    /// <summary>The program as the restorer reads it.</summary>
    public byte[] ToBytes()
    {
        int header = Marshal.SizeOf<ProgramHeader>(), size = Marshal.SizeOf<Operation>();
        ulong dataOffset = (ulong)(header + (size * _operations.Count) + 15) & ~15ul;
        byte[] bytes = new byte[dataOffset + (ulong)_data.Count];
        var head = new ProgramHeader
        {
            Magic = ProgramHeader.ExpectedMagic,
            Version = ProgramHeader.ExpectedVersion,
            OperationCount = (uint)_operations.Count,
            DataOffset = dataOffset,
            Length = (ulong)bytes.Length,
            BulkOffset = BulkOffset,
            BulkLength = BulkLength,
        };
        MemoryMarshal.Write(bytes, head);
        MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_operations)).CopyTo(bytes.AsSpan(header));
        DataBytes.CopyTo(bytes.AsSpan((int)dataOffset));
        return bytes;
    }

    private int TextOffset(string text)
    {
        if (!_texts.TryGetValue(text, out int offset))
        {
            offset = _data.Count;
            _data.AddRange(Encoding.UTF8.GetBytes(text));
            _data.Add(0);
            _texts[text] = offset;
        }

        return offset;
    }
}
