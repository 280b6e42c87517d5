using System.Text;

namespace Interpose.Cli.Output;

/// <summary>Columns of text, as wide as they need to be. Plain, so that it reads well in a pipe too.</summary>
internal sealed class TableWriter
{
    private readonly List<string[]> _rows = [];

    /// <summary>Starts a table with its headings.</summary>
    public TableWriter(params string[] headings) => _rows.Add(headings);

    /// <summary>Adds a row; numbers, recognised by their first character, are aligned to the right.</summary>
    public void Add(params string[] cells) => _rows.Add([.. cells.Select(Clean)]);

    /// <summary>The table.</summary>
    public override string ToString()
    {
        int columns = _rows.Max(r => r.Length);
        int[] widths = [.. Enumerable.Range(0, columns).Select(c => _rows.Max(r => c < r.Length ? r[c].Length : 0))];
        var text = new StringBuilder();
        foreach (string[] row in _rows)
        {
            var line = new StringBuilder();
            for (int c = 0; c < row.Length; c++)
            {
                bool number = _rows.Count > 1 && _rows.Skip(1).All(r => c >= r.Length || r[c].Length == 0 || char.IsAsciiDigit(r[c][0]));
                line.Append(number ? row[c].PadLeft(widths[c]) : row[c].PadRight(widths[c])).Append("  ");
            }

            text.Append(line.ToString().TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    // A process chooses its own name: it must not be able to steer the user's terminal.
    private static string Clean(string cell) =>
        string.Create(cell.Length, cell, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
}
