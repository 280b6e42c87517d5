using System.Text.Json;

namespace Interpose.Cli.State;

/// <summary>
/// Reads a <see cref="CoordinatorRecord"/> token by token: it is on the path of every launch, and the serializer takes
/// longer to set up than the whole launch may cost.
/// </summary>
internal static class CoordinatorRecordReader
{
    /// <summary>The record, or null when the text is none. Unknown members are skipped.</summary>
    public static CoordinatorRecord? TryParse(ReadOnlySpan<byte> json)
    {
        string? host = null, secret = null, computation = null, ckptDir = null, codec = null;
        int port = 0, pid = 0;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("host"u8))
                {
                    host = Text(ref reader);
                }
                else if (reader.ValueTextEquals("secret"u8))
                {
                    secret = Text(ref reader);
                }
                else if (reader.ValueTextEquals("computation"u8))
                {
                    computation = Text(ref reader);
                }
                else if (reader.ValueTextEquals("ckptDir"u8))
                {
                    ckptDir = Text(ref reader);
                }
                else if (reader.ValueTextEquals("codec"u8))
                {
                    codec = Text(ref reader);
                }
                else if (reader.ValueTextEquals("port"u8))
                {
                    port = Number(ref reader);
                }
                else if (reader.ValueTextEquals("pid"u8))
                {
                    pid = Number(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }

        return host is null || secret is null || computation is null || ckptDir is null || codec is null
            ? null
            : new CoordinatorRecord
            {
                Host = host,
                Port = port,
                Pid = pid,
                Secret = secret,
                Computation = computation,
                CkptDir = ckptDir,
                Codec = codec,
            };
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static int Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt32();
    }
}
