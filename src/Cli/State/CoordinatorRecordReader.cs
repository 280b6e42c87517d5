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
        string listen = string.Empty, leaks = string.Empty, hosts = string.Empty;
        long interval = 0, linger = -1;
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
                    port = (int)Number(ref reader);
                }
                else if (reader.ValueTextEquals("pid"u8))
                {
                    pid = (int)Number(ref reader);
                }
                else if (reader.ValueTextEquals("listen"u8))
                {
                    listen = Text(ref reader) ?? string.Empty;
                }
                else if (reader.ValueTextEquals("leaks"u8))
                {
                    leaks = Text(ref reader) ?? string.Empty;
                }
                else if (reader.ValueTextEquals("hosts"u8))
                {
                    hosts = Text(ref reader) ?? string.Empty;
                }
                else if (reader.ValueTextEquals("intervalMs"u8))
                {
                    interval = Number(ref reader);
                }
                else if (reader.ValueTextEquals("lingerMs"u8))
                {
                    linger = Number(ref reader);
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
                Listen = listen,
                IntervalMs = interval,
                LingerMs = linger,
                Leaks = leaks,
                Hosts = hosts,
            };
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }

    private static long Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }
}
