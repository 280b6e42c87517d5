using System.Buffers;
using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// Reads the fields of one record, which is a MessagePack array. A field that an older writer did not know reads as
/// zero or empty; fields that a newer writer appended are skipped by <see cref="End"/>. So a record grows at its end
/// only, and no field ever changes its place or meaning within one metadata version.
/// </summary>
internal struct FieldReader
{
    private int _left;

    public static FieldReader Begin(ref MessagePackReader reader) =>
        new() { _left = reader.ReadArrayHeader() };

    public int Int32(ref MessagePackReader reader) => Take() ? reader.ReadInt32() : 0;

    public uint UInt32(ref MessagePackReader reader) => Take() ? reader.ReadUInt32() : 0;

    public long Int64(ref MessagePackReader reader) => Take() ? reader.ReadInt64() : 0;

    public ulong UInt64(ref MessagePackReader reader) => Take() ? reader.ReadUInt64() : 0;

    public bool Boolean(ref MessagePackReader reader) => Take() && reader.ReadBoolean();

    public string Text(ref MessagePackReader reader) => Take() ? ReadText(ref reader) : "";

    public byte[] Blob(ref MessagePackReader reader) => Take() ? ReadBlob(ref reader) : [];

    /// <summary>A record within the record; null where the writer did not know the field.</summary>
    public T? Record<T>(ref MessagePackReader reader, ReadItem<T> read)
        where T : class => Take() ? read(ref reader) : null;

    public T[] List<T>(ref MessagePackReader reader, string name, ReadItem<T> read)
    {
        if (!Take())
        {
            return [];
        }

        int count = reader.ReadArrayHeader();
        CheckCount(count, name);
        var items = new T[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = read(ref reader);
        }

        return items;
    }

    public Dictionary<string, string> Map(ref MessagePackReader reader, string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!Take())
        {
            return map;
        }

        int count = reader.ReadMapHeader();
        CheckCount(count, name);
        for (int i = 0; i < count; i++)
        {
            string key = ReadText(ref reader);
            map[key] = ReadText(ref reader);
        }

        return map;
    }

    /// <summary>Skips what a newer writer appended.</summary>
    public void End(ref MessagePackReader reader)
    {
        while (Take())
        {
            reader.Skip();
        }
    }

    public static string ReadText(ref MessagePackReader reader)
    {
        ReadOnlySequence<byte> bytes = reader.ReadStringSequence() ?? ReadOnlySequence<byte>.Empty;
        if (bytes.Length > MetadataLimits.TextBytes)
        {
            throw new ImageException(
                $"a text of {bytes.Length} bytes exceeds the limit of {MetadataLimits.TextBytes}");
        }

        return LinuxText.Decode(bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray());
    }

    public static byte[] ReadBlob(ref MessagePackReader reader)
    {
        ReadOnlySequence<byte> bytes = reader.ReadBytes() ?? ReadOnlySequence<byte>.Empty;
        return bytes.Length <= MetadataLimits.BlobBytes
            ? bytes.ToArray()
            : throw new ImageException(
                $"a blob of {bytes.Length} bytes exceeds the limit of {MetadataLimits.BlobBytes}");
    }

    private static void CheckCount(int count, string name)
    {
        if (count > MetadataLimits.ListItems)
        {
            throw new ImageException($"{count} {name} exceed the limit of {MetadataLimits.ListItems}");
        }
    }

    private bool Take() => _left-- > 0;
}
