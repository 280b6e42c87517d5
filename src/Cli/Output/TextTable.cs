using System.Globalization;

namespace Interpose.Cli.Output;

/// <summary>Aligned columns of plain text.</summary>
public sealed class TextTable
{
    private const string Gap = "  ";
    private readonly List<string[]> _rows = [];
    private readonly bool[] _right;

    /// <param name="header">Titles; one that starts with '>' makes its column right-aligned.</param>
    public TextTable(params string[] header)
    {
        ArgumentNullException.ThrowIfNull(header);
        _right = [.. header.Select(static h => h.StartsWith('>'))];
        _rows.Add([.. header.Select(static h => h.TrimStart('>'))]);
    }

    /// <summary>Adds a row; its cells are escaped by <see cref="Printable"/>.</summary>
    public void Add(params object[] cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        _rows.Add(
            [.. cells.Select(static c => Printable.Text(Convert.ToString(c, CultureInfo.InvariantCulture) ?? ""))]);
    }

    /// <summary>Writes the table, each line after the indentation.</summary>
    public void WriteTo(TextWriter output, string indent = "")
    {
        ArgumentNullException.ThrowIfNull(output);
        int[] widths = [.. _right.Select((_, column) => _rows.Max(r => r[column].Length))];
        foreach (string[] row in _rows)
        {
            IEnumerable<string> cells =
                row.Select((cell, i) => _right[i] ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]));
            output.WriteLine(indent + string.Join(Gap, cells).TrimEnd());
        }
    }
}
