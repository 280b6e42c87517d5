namespace Interpose.Linux;

/// <summary>What can be asked of an open terminal. The master of a pseudoterminal answers for its slave (ioctl_tty(2)).</summary>
/// <param name="fd">In the caller's table of files.</param>
public readonly unsafe struct TerminalFile(int fd)
{
    /// <summary>sizeof(struct termios2), asm-generic/termbits.h.</summary>
    public const int SettingsLength = 44;

    /// <summary>sizeof(struct winsize).</summary>
    public const int WindowSizeLength = 8;

    public int Fd => fd;

    /// <summary>Modes, control characters and speeds: struct termios2; empty when it is no terminal (any more).</summary>
    public byte[] Settings => Get(TerminalRequest.GetSettings, SettingsLength);

    /// <summary>struct winsize; empty when it is no terminal (any more).</summary>
    public byte[] WindowSize => Get(TerminalRequest.GetWindowSize, WindowSizeLength);

    /// <summary>Foreground process group; -errno when it is nobody's controlling terminal; 0: one outside the pid namespace.</summary>
    public int Foreground => Number(TerminalRequest.GetForeground);

    /// <summary>Session whose controlling terminal it is, or -errno; 0: one outside the pid namespace.</summary>
    public int Session => Number(TerminalRequest.GetSession);

    /// <summary>A request that fills in an int; the int, or -errno.</summary>
    public int Number(long request)
    {
        int value = 0;
        long outcome = Sys.Try(SyscallNumber.Ioctl, (ulong)fd, (ulong)request, (ulong)&value);
        return outcome < 0 ? (int)outcome : value;
    }

    /// <summary>A request that takes the address of an int; 0 or -errno.</summary>
    public long Set(long request, int value) => Sys.Try(SyscallNumber.Ioctl, (ulong)fd, (ulong)request, (ulong)&value);

    /// <summary>Sets modes at once (TCSANOW); 0 or -errno.</summary>
    public long Set(ReadOnlySpan<byte> settings)
    {
        fixed (byte* p = settings)
        {
            return Sys.Try(SyscallNumber.Ioctl, (ulong)fd, TerminalRequest.SetSettings, (ulong)p);
        }
    }

    private byte[] Get(long request, int length)
    {
        byte[] value = new byte[length];
        fixed (byte* p = value)
        {
            return Sys.Try(SyscallNumber.Ioctl, (ulong)fd, (ulong)request, (ulong)p) < 0 ? [] : value;
        }
    }
}
