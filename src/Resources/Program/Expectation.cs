namespace Interpose.Resources.Program;

/// <summary>enum ip_expect of interpose_program.h.</summary>
public enum Expectation : ushort
{
    Success = 0,
    Value = 1,
    Any = 2,
    Warn = 3,
}
