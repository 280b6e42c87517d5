using System.Text.Encodings.Web;
using System.Text.Json;

namespace Interpose.Cli.Output;

/// <summary>
/// The --json form of a report: one object on standard output whose first member is schemaVersion. Members are only
/// ever added to a version; the version changes when one is removed or changes its meaning.
/// </summary>
public static class JsonReport
{
    /// <summary>Version of all reports.</summary>
    public const int SchemaVersion = 1;

    // Paths are read by people and programs, not pasted into HTML.
    private static readonly JsonWriterOptions Options =
        new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one report.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="members">Writes the members of the object.</param>
    public static void Write(Stream output, Action<Utf8JsonWriter> members)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(members);
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", SchemaVersion);
            members(json);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    /// <summary>Writes an array member, one element for each item.</summary>
    public static void Array<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> element)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(element);
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            element(item);
        }

        json.WriteEndArray();
    }
}
