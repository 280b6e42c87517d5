using System.Runtime.InteropServices;

namespace Interpose.Resources.Program;

/// <summary>struct ip_op of interpose_program.h.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Operation
{
    public OperationKind Kind;
    public Expectation Expect;
    public uint Label;
    public long Number;
    public fixed ulong Arguments[6];
    public uint Modes;
    public uint ResultSlot;
    public long Expected;

    public readonly ArgumentMode ModeOf(int argument) => (ArgumentMode)(Modes >> (4 * argument) & 15);
}
