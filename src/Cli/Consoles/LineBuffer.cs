namespace Interpose.Cli.Consoles;

/// <summary>A line that is being edited, and the lines before it. Knows keys but no terminal.</summary>
internal sealed class LineBuffer
{
    private const int MaxHistory = 500;

    private readonly List<string> _history = [];
    private string _unfinished = string.Empty;
    private int _historyIndex;

    /// <summary>The line.</summary>
    public string Text { get; private set; } = string.Empty;

    /// <summary>Where the next character goes.</summary>
    public int Cursor { get; private set; }

    /// <summary>Starts a new line.</summary>
    public void Begin()
    {
        Text = string.Empty;
        Cursor = 0;
        _historyIndex = _history.Count;
    }

    /// <summary>Keeps the line, unless it is empty or the same as the last one.</summary>
    public void Accept()
    {
        if (Text.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != Text))
        {
            _history.Add(Text);
            if (_history.Count > MaxHistory)
            {
                _history.RemoveAt(0);
            }
        }
    }

    /// <summary>Applies a key, with the bindings that shells have.</summary>
    public LineEvent Apply(ConsoleKeyInfo key)
    {
        if (key.Modifiers == ConsoleModifiers.Control)
        {
            return ApplyControl(key.Key);
        }

        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return LineEvent.Accepted;
            case ConsoleKey.Backspace:
                Remove(Cursor - 1, Cursor);
                break;
            case ConsoleKey.Delete:
                Remove(Cursor, Cursor + 1);
                break;
            case ConsoleKey.LeftArrow:
                Cursor = Math.Max(0, Cursor - 1);
                break;
            case ConsoleKey.RightArrow:
                Cursor = Math.Min(Text.Length, Cursor + 1);
                break;
            case ConsoleKey.Home:
                Cursor = 0;
                break;
            case ConsoleKey.End:
                Cursor = Text.Length;
                break;
            case ConsoleKey.UpArrow:
                Recall(_historyIndex - 1);
                break;
            case ConsoleKey.DownArrow:
                Recall(_historyIndex + 1);
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    Text = Text.Insert(Cursor, key.KeyChar.ToString());
                    Cursor++;
                }

                break;
        }

        return LineEvent.Edited;
    }

    private LineEvent ApplyControl(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.D when Text.Length == 0:
                return LineEvent.EndOfInput;
            case ConsoleKey.D:
                Remove(Cursor, Cursor + 1);
                break;
            case ConsoleKey.J or ConsoleKey.M or ConsoleKey.Enter:
                return LineEvent.Accepted;
            case ConsoleKey.H:
                Remove(Cursor - 1, Cursor);
                break;
            case ConsoleKey.A:
                Cursor = 0;
                break;
            case ConsoleKey.E:
                Cursor = Text.Length;
                break;
            case ConsoleKey.U:
                Remove(0, Cursor);
                break;
            case ConsoleKey.K:
                Remove(Cursor, Text.Length);
                break;
            case ConsoleKey.W:
                Remove(StartOfWord(), Cursor);
                break;
            case ConsoleKey.P:
                Recall(_historyIndex - 1);
                break;
            case ConsoleKey.N:
                Recall(_historyIndex + 1);
                break;
            default:
                break;
        }

        return LineEvent.Edited;
    }

    private int StartOfWord()
    {
        int start = Cursor;
        while (start > 0 && Text[start - 1] == ' ')
        {
            start--;
        }

        while (start > 0 && Text[start - 1] != ' ')
        {
            start--;
        }

        return start;
    }

    private void Remove(int from, int to)
    {
        if (from >= 0 && to <= Text.Length)
        {
            Text = Text.Remove(from, to - from);
            Cursor = from;
        }
    }

    private void Recall(int index)
    {
        if (index < 0 || index > _history.Count)
        {
            return;
        }

        if (_historyIndex == _history.Count)
        {
            _unfinished = Text;
        }

        _historyIndex = index;
        Text = index == _history.Count ? _unfinished : _history[index];
        Cursor = Text.Length;
    }
}
