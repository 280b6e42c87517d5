using System.Globalization;

namespace Interpose.Cli.Output;

/// <summary>Sizes for people.</summary>
internal static class Sizes
{
    /// <summary>Bytes in the unit that leaves the fewest digits.</summary>
    public static string Format(ulong bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB"),
    };
}
