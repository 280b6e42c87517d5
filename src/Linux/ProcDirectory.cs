using System.Buffers.Text;

namespace Interpose.Linux;

/// <summary>Directories of /proc whose entries are numbers: fds, threads.</summary>
public static class ProcDirectory
{
    /// <summary>
    /// The numbers in a directory, ascending. For /proc/self/fd the directory's own fd is among them where the caller's table
    /// is the main thread's; the agent's is not.
    /// </summary>
    /// <exception cref="SyscallException">It cannot be read.</exception>
    public static unsafe List<int> Numbers(string path)
    {
        int fd = Sys.Open(path, OpenFlags.Directory | OpenFlags.CloseOnExec);
        var numbers = new List<int>();
        byte* buffer = stackalloc byte[8192];
        long length;
        while ((length = Sys.Try(SyscallNumber.Getdents64, (ulong)fd, (ulong)buffer, 8192)) > 0)
        {
            // struct linux_dirent64 (getdents(2)): inode 8, offset 8, record length 2, type 1, name.
            for (long at = 0; at < length; at += *(ushort*)(buffer + at + 16))
            {
                var name = new ReadOnlySpan<byte>(buffer + at + 19, 11);
                if (Utf8Parser.TryParse(name, out int number, out _))
                {
                    numbers.Add(number);
                }
            }
        }

        Sys.Close(fd);
        numbers.Sort();
        return numbers;
    }
}
