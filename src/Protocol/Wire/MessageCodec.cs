using System.Buffers;
using MessagePack;

namespace Interpose.Protocol.Wire;

/// <summary>Turns records and messages into bytes and back. Works on plain buffers: no sockets, no threads.</summary>
public static class MessageCodec
{
    /// <summary>A complete frame: length prefix and payload.</summary>
    public static byte[] ToFrame<T>(T message)
        where T : IMessage<T>
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(message.FieldCount + 1);
        writer.Write((int)T.Type);
        message.WriteFields(ref writer);
        writer.Flush();
        return Frame.Create(buffer.WrittenSpan);
    }

    /// <summary>A record as a MessagePack array, without a frame.</summary>
    public static byte[] ToBytes<T>(T record)
        where T : IRecord<T>
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var writer = new MessagePackWriter(buffer);
        WriteRecord(ref writer, record);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a record with its array header.</summary>
    public static void WriteRecord<T>(ref MessagePackWriter writer, T record)
        where T : IRecord<T>
    {
        writer.WriteArrayHeader(record.FieldCount);
        record.WriteFields(ref writer);
    }

    /// <summary>Writes a list of records.</summary>
    public static void WriteList<T>(ref MessagePackWriter writer, IReadOnlyList<T> records)
        where T : IRecord<T>
    {
        writer.WriteArrayHeader(records.Count);
        foreach (T record in records)
        {
            WriteRecord(ref writer, record);
        }
    }

    /// <summary>The type of the message in a payload.</summary>
    /// <exception cref="ProtocolException">The payload is no message. An unknown type is no error here.</exception>
    public static MessageType PeekType(ReadOnlyMemory<byte> payload)
    {
        var reader = new FieldReader(payload);
        return (MessageType)reader.ReadInt32("type");
    }

    /// <summary>Reads a message of a known type.</summary>
    /// <exception cref="ProtocolException">It is another message, or a field is wrong.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> payload)
        where T : IMessage<T>
    {
        var reader = new FieldReader(payload);
        var type = (MessageType)reader.ReadInt32("type");
        if (type != T.Type)
        {
            throw new ProtocolException($"message {T.Type} expected, {type} received");
        }

        try
        {
            return T.ReadFields(ref reader);
        }
        catch (ProtocolException e)
        {
            throw new ProtocolException($"message {T.Type}: {e.Message}", e);
        }
    }

    /// <summary>Reads a record that has no type, such as the arguments of a request.</summary>
    /// <exception cref="ProtocolException">A field is wrong.</exception>
    public static T ReadRecord<T>(ReadOnlyMemory<byte> bytes)
        where T : IRecord<T>
    {
        var reader = new FieldReader(bytes);
        return T.ReadFields(ref reader);
    }
}
