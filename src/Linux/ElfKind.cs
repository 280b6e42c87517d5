namespace Interpose.Linux;

/// <summary>What a program is to the dynamic loader.</summary>
public enum ElfKind
{
    /// <summary>No ELF file: a script, or something for binfmt_misc(5).</summary>
    None,

    /// <summary>A loader runs first, and loads what is preloaded.</summary>
    Dynamic,

    /// <summary>There is no loader.</summary>
    Static,

    /// <summary>A program for another word size or machine.</summary>
    OtherArchitecture,
}
