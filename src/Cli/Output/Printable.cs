using System.Globalization;
using System.Text;

namespace Interpose.Cli.Output;

/// <summary>
/// Makes text from outside (paths, names, messages of other processes) safe to show: control characters, which could
/// move the cursor or change the terminal, and bytes that are not UTF-8 appear as \xNN.
/// </summary>
public static class Printable
{
    private const int EscapeBase = 0xDC00;

    /// <summary>The text with everything unprintable escaped; the same string where there is nothing to escape.</summary>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Any(static c => char.IsControl(c) || char.IsSurrogate(c)))
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                result.Append(c).Append(text[++i]);
            }
            else if (char.IsSurrogate(c))
            {
                // The escape of a single byte, see LinuxText.
                result.Append(CultureInfo.InvariantCulture, $"\\x{(c - EscapeBase) & 0xff:x2}");
            }
            else if (char.IsControl(c))
            {
                result.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }
}
