namespace Interpose.Cli.Launch;

/// <summary>What a program turned out to be, as far as checkpoints are concerned.</summary>
internal enum ProgramKind
{
    /// <summary>The shim can enter it.</summary>
    Managed,

    /// <summary>There is no dynamic loader that would load the shim.</summary>
    Static,

    /// <summary>It gains privileges, so the loader ignores LD_PRELOAD.</summary>
    Privileged,

    /// <summary>A program for another word size or machine.</summary>
    OtherArchitecture,

    /// <summary>No such file.</summary>
    Missing,

    /// <summary>It may not be executed.</summary>
    NotExecutable,
}
