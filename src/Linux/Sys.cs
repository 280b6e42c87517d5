using System.Runtime.InteropServices;
using System.Text;

namespace Interpose.Linux;

/// <summary>
/// System calls without a C library in between. Failure policy is in the name: Try… returns -errno, the others throw
/// <see cref="SyscallException"/>. Nothing here takes a lock or allocates native memory, so that the agent may use it
/// while the application's threads stand still in the middle of anything.
/// </summary>
public static unsafe partial class Sys
{
    private const int ShortFile = 16 << 10;

    private static delegate* unmanaged<long, ulong, ulong, ulong, ulong, ulong, ulong, long> s_call;

    /// <summary>Uses a caller's own system call function, which returns -errno, in place of libc's syscall(2).</summary>
    public static void Use(delegate* unmanaged<long, ulong, ulong, ulong, ulong, ulong, ulong, long> call) => s_call = call;

    /// <summary>A system call; its result, or -errno.</summary>
    public static long Try(
        SyscallNumber number, ulong a = 0, ulong b = 0, ulong c = 0, ulong d = 0, ulong e = 0, ulong f = 0)
    {
        if (s_call != null)
        {
            return s_call((long)number, a, b, c, d, e, f);
        }

        long result = LibcSyscall((long)number, a, b, c, d, e, f);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    /// <summary>A system call that must succeed.</summary>
    /// <param name="subject">What it is applied to, for the message.</param>
    public static long Call(
        string subject, SyscallNumber number, ulong a = 0, ulong b = 0, ulong c = 0, ulong d = 0, ulong e = 0, ulong f = 0)
    {
        long result = Try(number, a, b, c, d, e, f);
#pragma warning disable CA1308 // names of system calls are lower case
        return result < 0 ? throw new SyscallException(number.ToString().ToLowerInvariant(), (int)-result, subject) : result;
#pragma warning restore CA1308
    }

    /// <summary>A path as the kernel wants it: bytes, NUL at the end.</summary>
    public static byte[] Path(string path)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, bytes);
        return bytes;
    }

    public static long TryOpen(string path, int flags, int mode = 0)
    {
        fixed (byte* p = Path(path))
        {
            return Try(SyscallNumber.Open, (ulong)p, (ulong)flags, (ulong)mode);
        }
    }

    public static int Open(string path, int flags, int mode = 0)
    {
        long fd = TryOpen(path, flags, mode);
        return fd < 0 ? throw new SyscallException("open", (int)-fd, path) : (int)fd;
    }

    public static void Close(int fd) => Try(SyscallNumber.Close, (ulong)fd);

    public static long TryRead(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            return Try(SyscallNumber.Read, (ulong)fd, (ulong)p, (ulong)buffer.Length);
        }
    }

    public static long TryWrite(int fd, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            return Try(SyscallNumber.Write, (ulong)fd, (ulong)p, (ulong)buffer.Length);
        }
    }

    /// <summary>The target of a symbolic link, or null when it cannot be read.</summary>
    public static string? TryReadLink(string path)
    {
        byte* buffer = stackalloc byte[4096];
        fixed (byte* p = Path(path))
        {
            long length = Try(SyscallNumber.Readlink, (ulong)p, (ulong)buffer, 4096);
            return length < 0 ? null : Encoding.UTF8.GetString(buffer, (int)length);
        }
    }

    /// <summary>All of a file, which may be in /proc (size unknown before it is read); null when it cannot be opened.</summary>
    public static byte[]? TryReadFile(string path)
    {
        long fd = TryOpen(path, OpenFlags.CloseOnExec);
        if (fd < 0)
        {
            return null;
        }

        // Most are short: what is read goes over the stack, as garbage of ours is memory of the program while it lasts.
        Span<byte> room = stackalloc byte[ShortFile];
        int length = 0;
        for (;;)
        {
            long n = TryRead((int)fd, room[length..]);
            if (n <= 0)
            {
                break;
            }

            length += (int)n;
            if (length == room.Length)
            {
                byte[] more = new byte[room.Length * 4];
                room.CopyTo(more);
                room = more;
            }
        }

        Close((int)fd);
        return room[..length].ToArray();
    }

    /// <summary>Text of a file in /proc; "" when it cannot be read.</summary>
    public static string ReadText(string path) => Encoding.UTF8.GetString(TryReadFile(path) ?? []);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long LibcSyscall(long number, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f);
}
