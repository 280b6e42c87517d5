using Interpose.Resources.Program;

namespace Interpose.Tests.Unit.Native;

/// <summary>Holds the C# side of compiled restarts to native-shim/include/interpose_program.h.</summary>
public class ProgramLayoutTests
{
    private const string Header = "interpose_program.h";

    [Fact]
    public void ProgramStart() =>
        NativeLayout.AssertSame<ProgramHeader>(Header, "ip_program", "magic version op_count data_offset length bulk_offset bulk_length");

    [Fact]
    public void OneOperation() => NativeLayout.AssertSame<Operation>(
        Header, "ip_op", "kind expect label number args modes result_slot expected");

    [Fact]
    public void Addresses_and_versions()
    {
        var expected = new Dictionary<string, ulong>
        {
            ["IP_PROGRAM_MAGIC"] = ProgramHeader.ExpectedMagic,
            ["IP_PROGRAM_VERSION"] = ProgramHeader.ExpectedVersion,
            ["IP_PROGRAM_BASE"] = ProgramHeader.Base,
            ["IP_THREAD_STACKS"] = ProgramHeader.ThreadStacks,
            ["IP_THREAD_STACK_SIZE"] = ProgramHeader.ThreadStackSize,
            ["IP_STAGING"] = ProgramHeader.Staging,
            ["IP_MAX_SLOTS"] = ProgramHeader.MaxSlots,
        };
        Assert.Equal(expected, CCompiler.Evaluate(Header, expected.Keys));
    }

    [Fact]
    public void Window()
    {
        var expected = new Dictionary<string, ulong>
        {
            ["IP_WINDOW_BASE"] = ProgramHeader.WindowBase,
            ["IP_WINDOW_SIZE"] = ProgramHeader.WindowSize,
        };
        Assert.Equal(expected, CCompiler.Evaluate("interpose_abi.h", expected.Keys));
    }

    [Fact]
    public void Kinds_of_operations() => SameNumbers<OperationKind>("IP_OP_");

    [Fact]
    public void Kinds_of_arguments() => SameNumbers<ArgumentMode>("IP_ARG_");

    [Fact]
    public void Kinds_of_expectations() => SameNumbers<Expectation>("IP_EXPECT_");

    private static void SameNumbers<T>(string prefix)
        where T : struct, Enum
    {
        var expected = Enum.GetValues<T>().ToDictionary(
            v => prefix + NativeName(v.ToString()), v => Convert.ToUInt64(v, null));
        Assert.Equal(expected, CCompiler.Evaluate(Header, expected.Keys));
    }

    /// <summary>FindVdso is IP_OP_FIND_VDSO.</summary>
    private static string NativeName(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));
}
