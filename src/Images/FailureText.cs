using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Interpose.Images;

/// <summary>
/// Text of a check that failed. The compiler evaluates the holes of the interpolated string only when the condition is
/// false, so a check of every record of a large table costs nothing but the comparison.
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct FailureText
{
    private readonly StringBuilder? _text;

    public FailureText(int literalLength, int formattedCount, bool condition, out bool wanted)
    {
        wanted = !condition;
        _text = wanted ? new StringBuilder(literalLength + (formattedCount * 16)) : null;
    }

    public void AppendLiteral(string value) => _text!.Append(value);

    public void AppendFormatted<T>(T value, string? format = null) =>
        _text!.Append(value is IFormattable f ? f.ToString(format, CultureInfo.InvariantCulture) : value?.ToString());

    public override string ToString() => _text?.ToString() ?? "";
}
