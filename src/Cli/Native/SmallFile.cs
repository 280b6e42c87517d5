namespace Interpose.Cli.Native;

/// <summary>Reads a small file with three system calls; the framework's streams take longer to set up than to read.</summary>
internal static unsafe class SmallFile
{
    /// <summary>Reads up to the length of the buffer.</summary>
    /// <returns>Bytes read, or -1 when the file cannot be read.</returns>
    public static int TryRead(string path, Span<byte> buffer)
    {
        int fd;
        fixed (byte* p = CString.From(path))
        {
            fd = Libc.Open(p, Libc.OpenReadOnlyCloseOnExec, 0);
        }

        if (fd < 0)
        {
            return -1;
        }

        nint length;
        fixed (byte* p = buffer)
        {
            length = Libc.PRead(fd, p, (nuint)buffer.Length, 0);
        }

        _ = Libc.Close(fd);
        return (int)length;
    }
}
