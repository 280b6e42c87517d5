namespace Interpose.Resources.Program;

/// <summary>enum ip_arg_mode of interpose_program.h.</summary>
public enum ArgumentMode
{
    Literal = 0,
    Slot = 1,
    Data = 2,
    Bulk = 3,
}
