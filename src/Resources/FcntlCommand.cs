namespace Interpose.Resources;

/// <summary>Commands and flags of fcntl(2).</summary>
internal static class FcntlCommand
{
    public const int SetFlags = 4;
    public const int DuplicateCloseOnExec = 1030;
    public const int SetPipeSize = 1031;
    public const int GetPipeSize = 1032;
    public const int AddSeals = 1033;
    public const int GetSeals = 1034;

    /// <summary>The flags that F_SETFL can change: O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME.</summary>
    public const int Changeable = 0x400 | 0x800 | 0x4000 | 0x40000;
}
