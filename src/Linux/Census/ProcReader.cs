using System.Text.Unicode;

namespace Interpose.Linux.Census;

/// <summary>
/// Reads files of other processes' /proc directories into one buffer: a scan of all processes stands between the
/// suspension and the picture, so it must not cost much, nor leave much behind in the heap.
/// </summary>
internal sealed unsafe class ProcReader
{
    private byte[] _buffer = new byte[16 * 1024];

    /// <summary>All of a file, valid until the next call; its length, or -errno.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="limit">How much of it is wanted, in bytes.</param>
    /// <param name="content">What was read.</param>
    public long Read(int pid, string file, int limit, out ReadOnlySpan<byte> content)
    {
        content = default;
        byte* path = stackalloc byte[64];
        Utf8.TryWrite(new Span<byte>(path, 63), $"/proc/{pid}/{file}", out int written);
        path[written] = 0;
        long fd = Sys.Try(SyscallNumber.Open, (ulong)path, OpenFlags.CloseOnExec);
        if (fd < 0)
        {
            return fd;
        }

        int length = 0;
        long n;
        while (length < limit && (n = Sys.TryRead((int)fd, _buffer.AsSpan(length))) != 0)
        {
            if (n < 0)
            {
                Sys.Close((int)fd);
                return n;
            }

            length += (int)n;
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }

        Sys.Close((int)fd);
        content = _buffer.AsSpan(0, length);
        return length;
    }
}
