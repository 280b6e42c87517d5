using Interpose.Cli.Consoles;

namespace Interpose.Tests.Unit.Cli;

public sealed class LineBufferTests
{
    private readonly LineBuffer _line = new();

    public LineBufferTests() => _line.Begin();

    [Fact]
    public void Characters_go_where_the_cursor_is()
    {
        Type("ac");
        Press(ConsoleKey.LeftArrow);
        Type("b");
        Assert.Equal(("abc", 2), (_line.Text, _line.Cursor));
    }

    [Theory]
    [InlineData(ConsoleKey.U, "")]
    [InlineData(ConsoleKey.W, "interval ")]
    [InlineData(ConsoleKey.H, "interval 1")]
    public void Control_keys_erase_before_the_cursor(ConsoleKey key, string left)
    {
        Type("interval 10");
        Control(key);
        Assert.Equal(left, _line.Text);
    }

    [Fact]
    public void Control_keys_move_and_erase_behind_the_cursor()
    {
        Type("abc");
        Control(ConsoleKey.A);
        Press(ConsoleKey.RightArrow);
        Control(ConsoleKey.K);
        Assert.Equal("a", _line.Text);
    }

    [Fact]
    public void Nothing_happens_beyond_the_ends()
    {
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.Delete);
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.UpArrow);
        Press(ConsoleKey.DownArrow);
        Assert.Equal((string.Empty, 0), (_line.Text, _line.Cursor));
    }

    [Fact]
    public void Earlier_lines_come_back_and_the_unfinished_one_is_kept()
    {
        Enter("c");
        Enter("s");
        Enter("s");
        Type("half");
        Press(ConsoleKey.UpArrow);
        Assert.Equal("s", _line.Text);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("c", _line.Text);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("c", _line.Text);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.DownArrow);
        Assert.Equal("half", _line.Text);
    }

    [Fact]
    public void Control_D_ends_the_input_on_an_empty_line_only()
    {
        Type("a");
        Control(ConsoleKey.A);
        Assert.Equal(LineEvent.Edited, Control(ConsoleKey.D));
        Assert.Equal(LineEvent.EndOfInput, Control(ConsoleKey.D));
    }

    private void Type(string text)
    {
        foreach (char c in text)
        {
            _line.Apply(new ConsoleKeyInfo(c, ConsoleKey.None, shift: false, alt: false, control: false));
        }
    }

    private void Enter(string text)
    {
        Type(text);
        Assert.Equal(LineEvent.Accepted, Press(ConsoleKey.Enter));
        _line.Accept();
        _line.Begin();
    }

    private LineEvent Press(ConsoleKey key) =>
        _line.Apply(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false));

    private LineEvent Control(ConsoleKey key) =>
        _line.Apply(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: true));
}
