namespace Interpose.Linux;

/// <summary>Flags of open(2) on x86-64 (asm-generic/fcntl.h).</summary>
public static class OpenFlags
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int AccessMode = 3;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoControllingTerminal = 0x100;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;
    public const int Directory = 0x10000;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;
    public const int TemporaryFile = 0x410000;
}
