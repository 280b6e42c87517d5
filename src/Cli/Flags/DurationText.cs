using System.Globalization;

namespace Interpose.Cli.Flags;

/// <summary>Durations as people write them: 30, 30s, 500ms, 5m, 1h, 2d; a bare number is seconds.</summary>
internal static class DurationText
{
    /// <summary>Reads a duration.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static TimeSpan Parse(string text)
    {
        int digits = text.Length - text.AsSpan().TrimStart("0123456789.").Length;
        string unit = digits == text.Length ? "s" : text[digits..];
        double factor = unit switch
        {
            "ms" => 0.001,
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => double.NaN,
        };
        ReadOnlySpan<char> number = text.AsSpan(0, digits);
        bool valid = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && !double.IsNaN(factor) && value * factor <= TimeSpan.FromDays(24).TotalSeconds;
        return valid
            ? TimeSpan.FromSeconds(value * factor)
            : throw new FormatException($"'{text}' is no duration; write 30s, 500ms, 5m or 1h, up to 24d");
    }

    /// <summary>A duration for people, with the precision that matters.</summary>
    public static string Format(TimeSpan value) =>
        value.TotalMilliseconds < 1000 ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:0.#} ms")
        : value.TotalSeconds < 120 ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:0.##} s")
        : value.TotalHours < 2 ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalMinutes:0.#} min")
        : string.Create(CultureInfo.InvariantCulture, $"{value.TotalHours:0.#} h");
}
