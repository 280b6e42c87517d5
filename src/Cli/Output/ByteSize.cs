using System.Globalization;

namespace Interpose.Cli.Output;

/// <summary>Sizes for people.</summary>
public static class ByteSize
{
    private const double Step = 1024;
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Bytes in the largest unit that leaves at least one, with one decimal: "4.1 MiB".</summary>
    public static string Text(ulong bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= Step)
        {
            value /= Step;
            unit++;
        }

        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[unit]}");
    }
}
