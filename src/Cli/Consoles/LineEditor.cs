namespace Interpose.Cli.Consoles;

/// <summary>Reads lines from a terminal with editing and history.</summary>
internal sealed class LineEditor
{
    private readonly LineBuffer _line = new();

    /// <summary>The next line, or null at the end of input.</summary>
    public string? ReadLine(string prompt)
    {
        _line.Begin();
        while (true)
        {
            Draw(prompt);
            switch (_line.Apply(Console.ReadKey(intercept: true)))
            {
                case LineEvent.Accepted:
                    Console.Out.Write("\r\n");
                    _line.Accept();
                    return _line.Text;
                case LineEvent.EndOfInput:
                    Console.Out.Write("\r\n");
                    return null;
                default:
                    break;
            }
        }
    }

    private void Draw(string prompt)
    {
        int back = _line.Text.Length - _line.Cursor;
        Console.Out.Write($"\r{prompt}{_line.Text}\e[K{(back > 0 ? $"\e[{back}D" : string.Empty)}");
        Console.Out.Flush();
    }
}
