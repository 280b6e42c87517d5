namespace Interpose.Resources.Program;

/// <summary>An argument of an operation: a number, the content of a slot, or the address of a piece of data.</summary>
public readonly record struct Argument(ulong Value, ArgumentMode Mode)
{
    public static implicit operator Argument(ulong value) => new(value, ArgumentMode.Literal);

    public static implicit operator Argument(long value) => new(unchecked((ulong)value), ArgumentMode.Literal);

    public static implicit operator Argument(int value) => new(unchecked((ulong)value), ArgumentMode.Literal);

    public static implicit operator Argument(uint value) => new(value, ArgumentMode.Literal);

    public static Argument Slot(int slot) => new((ulong)slot, ArgumentMode.Slot);

    public static Argument Data(int offset) => new((ulong)offset, ArgumentMode.Data);

    public Argument ToArgument() => this;
}
