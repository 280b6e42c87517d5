using System.Buffers;
using MessagePack;

namespace Interpose.Protocol.Wire;

/// <summary>
/// Reads the fields of one record from hostile input: counts what is left of the array, bounds every value and turns
/// each decoder error into a <see cref="ProtocolException"/> that names the field.
/// </summary>
public ref struct FieldReader
{
    private readonly ReadOnlyMemory<byte> _source;
    private MessagePackReader _reader;
    private int _left;

    /// <summary>Opens the array at the start of <paramref name="source"/>.</summary>
    /// <exception cref="ProtocolException">It does not start with an array.</exception>
    public FieldReader(ReadOnlyMemory<byte> source)
    {
        _source = source;
        _reader = new MessagePackReader(source);
        _left = ReadHeader("message");
    }

    private FieldReader(ReadOnlyMemory<byte> source, MessagePackReader reader, int left)
    {
        _source = source;
        _reader = reader;
        _left = left;
    }

    /// <summary>Whether another field follows.</summary>
    public readonly bool HasMore => _left > 0;

    /// <summary>An unsigned integer of any encoded width.</summary>
    public ulong ReadUInt64(string name)
    {
        Take(name);
        try
        {
            return _reader.ReadUInt64();
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    /// <summary>An unsigned integer up to <paramref name="max"/>.</summary>
    public uint ReadUInt32(string name, uint max = uint.MaxValue)
    {
        ulong value = ReadUInt64(name);
        return value <= max ? (uint)value : throw new ProtocolException($"field {name} is {value}; at most {max} is allowed");
    }

    /// <summary>A number that is not negative and fits an <see cref="int"/>.</summary>
    public int ReadInt32(string name, int max = int.MaxValue) => (int)ReadUInt32(name, (uint)max);

    /// <summary>A phase that this build knows.</summary>
    public Phase ReadPhase(string name) => (Phase)ReadInt32(name, (int)Phase.Census);

    /// <summary>A signed 64-bit integer.</summary>
    public long ReadInt64(string name)
    {
        Take(name);
        try
        {
            return _reader.ReadInt64();
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    /// <summary>A boolean; 0 and 1 are accepted too, because the native side has no other.</summary>
    public bool ReadBoolean(string name)
    {
        Take(name);
        try
        {
            return _reader.NextMessagePackType == MessagePackType.Boolean
                ? _reader.ReadBoolean()
                : _reader.ReadUInt64() != 0;
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    /// <summary>A string. Invalid UTF-8 becomes U+FFFD: names of files and commands are bytes to Linux.</summary>
    public string ReadString(string name, int maxBytes = 64 * 1024)
    {
        Take(name);
        try
        {
            // A command may be no UTF-8 at all, so the native side may send a name as bin.
            ReadOnlySequence<byte>? bytes = _reader.NextMessagePackType == MessagePackType.Binary
                ? _reader.ReadBytes()
                : _reader.ReadStringSequence();
            if (bytes is null)
            {
                throw new ProtocolException($"field {name} is nil");
            }

            if (bytes.Value.Length > maxBytes)
            {
                throw new ProtocolException($"field {name} has {bytes.Value.Length} bytes; at most {maxBytes} are allowed");
            }

            return System.Text.Encoding.UTF8.GetString(bytes.Value.ToArray());
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    /// <summary>Exactly <paramref name="length"/> bytes.</summary>
    public byte[] ReadBytes(string name, int length)
    {
        Take(name);
        try
        {
            ReadOnlySequence<byte>? bytes = _reader.ReadBytes();
            return bytes is { } found && found.Length == length
                ? found.ToArray()
                : throw new ProtocolException($"field {name} must have {length} bytes");
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    /// <summary>The next field as it is encoded, whatever it is.</summary>
    public ReadOnlyMemory<byte> ReadRaw(string name)
    {
        Take(name);
        try
        {
            long start = _reader.Consumed;
            SkipOne();
            return _source[(int)start..(int)_reader.Consumed];
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    /// <summary>A list of numbers that are not negative and fit an <see cref="int"/>.</summary>
    public int[] ReadInt32List(string name, int maxCount)
    {
        Take(name);
        int count = ReadHeader(name);
        if (count > maxCount)
        {
            throw new ProtocolException($"field {name} has {count} elements; at most {maxCount} are allowed");
        }

        var inner = new FieldReader(_source, _reader, count);
        int[] items = count == 0 ? [] : new int[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = inner.ReadInt32(name);
        }

        _reader = inner._reader;
        return items;
    }

    /// <summary>A list of records.</summary>
    public T[] ReadList<T>(string name, int maxCount)
        where T : IRecord<T>
    {
        Take(name);
        int count = ReadHeader(name);
        if (count > maxCount)
        {
            throw new ProtocolException($"field {name} has {count} elements; at most {maxCount} are allowed");
        }

        // The one empty array, so that records with empty lists are equal.
        T[] items = count == 0 ? [] : new T[count];
        for (int i = 0; i < count; i++)
        {
            var inner = new FieldReader(_source, _reader, 0);
            inner._left = inner.ReadHeader(name);
            items[i] = T.ReadFields(ref inner);
            inner.SkipRest(name);
            _reader = inner._reader;
        }

        return items;
    }

    private void SkipRest(string name)
    {
        try
        {
            for (; _left > 0; _left--)
            {
                SkipOne();
            }
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    // The library's Skip recurses into nested arrays, so a megabyte of array headers would overflow the stack.
    private void SkipOne()
    {
        for (long pending = 1; pending > 0; pending--)
        {
            switch (_reader.NextMessagePackType)
            {
                case MessagePackType.Array:
                    pending += _reader.ReadArrayHeader();
                    break;
                case MessagePackType.Map:
                    pending += 2L * _reader.ReadMapHeader();
                    break;
                default:
                    _reader.Skip();
                    break;
            }
        }
    }

    private int ReadHeader(string name)
    {
        try
        {
            // The library checks that the rest of the input has at least one byte per element.
            return _reader.ReadArrayHeader();
        }
        catch (Exception e) when (IsDecoderError(e))
        {
            throw Broken(name, e);
        }
    }

    private void Take(string name)
    {
        if (_left <= 0)
        {
            throw new ProtocolException($"field {name} is missing");
        }

        _left--;
    }

    private static bool IsDecoderError(Exception e) =>
        e is MessagePackSerializationException or EndOfStreamException or OverflowException or InvalidOperationException
            or IndexOutOfRangeException or ArgumentException;

    private static ProtocolException Broken(string name, Exception e) =>
        new($"field {name} cannot be decoded: {e.Message}", e);
}
