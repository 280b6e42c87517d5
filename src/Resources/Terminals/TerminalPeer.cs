using System.Diagnostics;
using Interpose.Linux;

namespace Interpose.Resources.Terminals;

/// <summary>The slave of a pseudoterminal, opened for a moment, and its master, to move what is unread.</summary>
internal sealed unsafe class TerminalPeer : IDisposable
{
    private const int PollIn = 1, PollOut = 4, PollHangup = 16;
    private const int LimitMs = 5000;
    private const int EAgain = 11;
    private readonly TerminalFile _master;
    private readonly string _name;
    private readonly bool _wasLocked;
    private readonly int _slave;

    /// <exception cref="UnsupportedResourceException">Nobody else may open the slave now.</exception>
    public TerminalPeer(TerminalFile master, string name)
    {
        const int flags = OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal | OpenFlags.CloseOnExec;
        _master = master;
        _name = name;
        _wasLocked = master.Number(TerminalRequest.GetLock) == 1;
        if (_wasLocked)
        {
            master.Set(TerminalRequest.SetLock, 0);
        }

        long slave = Sys.Try(SyscallNumber.Ioctl, (ulong)master.Fd, TerminalRequest.OpenPeer, flags);
        if (slave < 0)
        {
            Lock();
            throw new UnsupportedResourceException(
                $"the slave of {name} cannot be opened (errno {-slave}), so that what is unread in it cannot be saved; "
                + "is it in exclusive mode (TIOCEXCL)? Let the program end that, then try again");
        }

        _slave = (int)slave;
    }

    /// <summary>Something can be read. Asking makes what is still on its way arrive (n_tty_poll).</summary>
    public static bool IsReadable(int fd) => (Poll(fd, PollIn, 0) & PollIn) != 0;

    /// <summary>The slave was open and is not any more (n_tty_poll).</summary>
    public static bool IsHungUp(int master) => (Poll(master, PollIn, 0) & PollHangup) != 0;

    /// <summary>What one read gives; null: nothing.</summary>
    public byte[]? TryRead()
    {
        byte[] buffer = new byte[8192];
        if (!IsReadable(_slave))
        {
            return null;
        }

        long n = Sys.TryRead(_slave, buffer);
        return n < 0 ? null : buffer[..(int)n];
    }

    /// <summary>All input, when it is not read by lines.</summary>
    public byte[] ReadAll()
    {
        // poll(2) waits for as much as VMIN says, a read that does not wait takes what is there.
        var all = new List<byte>();
        byte[] buffer = new byte[8192];
        IsReadable(_slave);
        for (long n; (n = Sys.TryRead(_slave, buffer)) > 0;)
        {
            all.AddRange(buffer.AsSpan(0, (int)n));
        }

        return [.. all];
    }

    /// <summary>To the slave's reader, as if typed.</summary>
    public void WriteFromMaster(ReadOnlySpan<byte> bytes) => Write(_master.Fd, bytes);

    /// <summary>To the master's reader.</summary>
    public void Write(ReadOnlySpan<byte> bytes) => Write(_slave, bytes);

    /// <summary>Waits until input has come back as an echo, and so has arrived.</summary>
    public void DiscardEcho(int count)
    {
        byte[] buffer = new byte[8192];
        while (count > 0)
        {
            if ((Poll(_master.Fd, PollIn, LimitMs) & PollIn) == 0)
            {
                throw new SyscallException("read", EAgain, $"{_name}, which does not take what was unread in it");
            }

            count -= (int)Math.Max(1, Sys.TryRead(_master.Fd, buffer.AsSpan(0, Math.Min(count, buffer.Length))));
        }
    }

    /// <summary>Waits until so many bytes have arrived, or as many as fit.</summary>
    public void AwaitUnread(int count)
    {
        const int fits = 4095; // N_TTY_BUF_SIZE - 1, drivers/tty/n_tty.c; the rest waits before it
        long start = Stopwatch.GetTimestamp();
        while (new TerminalFile(_slave).Number(TerminalRequest.CountUnread) < Math.Min(count, fits)
            && Stopwatch.GetElapsedTime(start).TotalMilliseconds < LimitMs)
        {
            Poll(_slave, PollIn, 0);
            Sys.Try(SyscallNumber.SchedYield);
        }
    }

    public void Dispose()
    {
        Sys.Close(_slave);
        Lock();
    }

    private void Lock()
    {
        if (_wasLocked)
        {
            _master.Set(TerminalRequest.SetLock, 1);
        }
    }

    private void Write(int fd, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // What was there fits again: nothing else has been written since.
            if ((Poll(fd, PollOut, LimitMs) & PollOut) == 0)
            {
                throw new SyscallException("write", EAgain, $"{_name}, which does not take what was unread in it");
            }

            int chunk = Math.Min(bytes.Length, 256);
            long n = Sys.TryWrite(fd, bytes[..chunk]);
            bytes = bytes[(int)Math.Max(0, n)..];
        }
    }

    private static int Poll(int fd, int events, int limitMs)
    {
        // struct pollfd: fd, events (16 bits), revents (16 bits)
        int* request = stackalloc int[2];
        request[0] = fd;
        request[1] = events;
        Sys.Try(SyscallNumber.Poll, (ulong)request, 1, (ulong)limitMs);
        return request[1] >> 16;
    }
}
