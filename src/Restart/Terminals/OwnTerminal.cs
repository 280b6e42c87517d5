using Interpose.Linux;

namespace Interpose.Restart.Terminals;

/// <summary>The terminal that the restart command has, as far as it has one.</summary>
/// <param name="IsControlling">It has a controlling terminal: /dev/tty can be opened (tty(4)).</param>
/// <param name="IsForeground">Its process group is the one that may read from it.</param>
/// <param name="WindowSize">struct winsize of the controlling terminal, or nothing.</param>
/// <param name="Standard">For standard input, output and error: the name of the terminal that it is, or nothing.</param>
internal sealed record OwnTerminal(bool IsControlling, bool IsForeground, byte[] WindowSize, IReadOnlyList<string> Standard)
{
    /// <summary>There is none, or it is not to be touched.</summary>
    public static OwnTerminal None { get; } = new(false, false, [], ["", "", ""]);

    public bool Exists => IsControlling || Standard.Any(s => s.Length > 0);

    public static OwnTerminal Read()
    {
        long fd = Sys.TryOpen("/dev/tty", OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.CloseOnExec);
        bool foreground = false;
        byte[] size = [];
        if (fd >= 0)
        {
            foreground = new TerminalFile((int)fd).Foreground == (int)Sys.Try(SyscallNumber.Getpgrp);
            size = new TerminalFile((int)fd).WindowSize;
            Sys.Close((int)fd);
        }

        return new(fd >= 0, foreground, size, [.. Enumerable.Range(0, 3).Select(Name)]);
    }

    private static string Name(int fd) =>
        new TerminalFile(fd).Settings.Length > 0 ? Sys.TryReadLink($"/proc/self/fd/{fd}") ?? "" : "";
}
