namespace Interpose.Resources.Program;

/// <summary>enum ip_op_kind of interpose_program.h.</summary>
public enum OperationKind : ushort
{
    Syscall = 1,
    Store = 2,
    Copy = 3,
    Process = 4,
    Thread = 5,
    Jump = 6,
    Load = 7,
    Supervise = 8,
    FindVdso = 9,
    Exit = 10,
    Fetch = 11,
    Format = 12,
    Goto = 13,
    Chain = 14,
    Barrier = 15,
    Die = 16,
    IfFailed = 17,
    Pseudoterminal = 18,
    As = 19,
}
