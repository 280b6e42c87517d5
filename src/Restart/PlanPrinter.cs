using System.Globalization;
using System.Text;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>A compiled restart as text: one line for each operation.</summary>
public static class PlanPrinter
{
    public static IEnumerable<string> Lines(ProgramBuilder program)
    {
        for (int i = 0; i < program.Operations.Count; i++)
        {
            yield return Line(program, i);
        }
    }

    private static unsafe string Line(ProgramBuilder program, int index)
    {
        Operation operation = program.Operations[index];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{index,5}  ");
        if (operation.ResultSlot != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"${operation.ResultSlot} = ");
        }

#pragma warning disable CA1308 // system calls are lower case
        text.Append((operation.Kind == OperationKind.Syscall
            ? ((SyscallNumber)operation.Number).ToString()
            : operation.Kind.ToString()).ToLowerInvariant());
#pragma warning restore CA1308
        if (operation.Kind is OperationKind.Process or OperationKind.Thread or OperationKind.Goto or OperationKind.IfFailed or OperationKind.As)
        {
            text.Append(CultureInfo.InvariantCulture, $" @{operation.Number}");
        }

        text.Append('(');
        int count = 6;
        while (count > 0 && operation.Arguments[count - 1] == 0 && operation.ModeOf(count - 1) == ArgumentMode.Literal)
        {
            count--;
        }

        for (int i = 0; i < count; i++)
        {
            text.Append(i > 0 ? ", " : "").Append(Describe(operation.Arguments[i], operation.ModeOf(i)));
        }

        text.Append(')');
        text.Append(operation.Expect switch
        {
            Expectation.Value => string.Create(CultureInfo.InvariantCulture, $" == 0x{operation.Expected:x}"),
            Expectation.Any => " ?",
            Expectation.Warn => " or warn",
            _ => "",
        });
        return text.Append("  # ").Append(LabelOf(program, operation)).ToString();
    }

    private static string Describe(ulong value, ArgumentMode mode) => mode switch
    {
        ArgumentMode.Slot => string.Create(CultureInfo.InvariantCulture, $"${value}"),
        ArgumentMode.Bulk => string.Create(CultureInfo.InvariantCulture, $"&bulk+{value}"),
        ArgumentMode.Data => string.Create(CultureInfo.InvariantCulture, $"&{value}"),
        _ => value > ulong.MaxValue - 4096 || value < 1024
            ? unchecked((long)value).ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"),
    };

    private static string LabelOf(ProgramBuilder program, in Operation operation)
    {
        ReadOnlySpan<byte> rest = program.DataBytes[(int)operation.Label..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }
}
