using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>The counterparts of <see cref="FieldReader"/> that MessagePackWriter does not have itself.</summary>
internal static class FieldWriter
{
    public static void Text(ref MessagePackWriter writer, string text) => writer.WriteString(LinuxText.Encode(text));

    public static void List<T>(ref MessagePackWriter writer, IReadOnlyList<T> items, WriteItem<T> write)
    {
        writer.WriteArrayHeader(items.Count);
        for (int i = 0; i < items.Count; i++)
        {
            write(ref writer, items[i]);
        }
    }

    public static void Texts(ref MessagePackWriter writer, IReadOnlyList<string> items) =>
        List(ref writer, items, static (ref MessagePackWriter w, string item) => Text(ref w, item));

    public static void Blobs(ref MessagePackWriter writer, IReadOnlyList<byte[]> items) =>
        List(ref writer, items, static (ref MessagePackWriter w, byte[] item) => w.Write(item));

    public static void Map(ref MessagePackWriter writer, IReadOnlyDictionary<string, string> map)
    {
        writer.WriteMapHeader(map.Count);

        // Sorted, so that the same process gives the same bytes.
        foreach (KeyValuePair<string, string> entry in map.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            Text(ref writer, entry.Key);
            Text(ref writer, entry.Value);
        }
    }
}
