using System.Text;

namespace Interpose.Linux;

/// <summary>Entries of a directory.</summary>
public static class DirectoryEntries
{
    /// <summary>Names of the entries with an inode number; none when the directory cannot be read.</summary>
    public static unsafe List<string> WithInode(string directory, ulong inode)
    {
        var names = new List<string>();
        long fd = Sys.TryOpen(directory, OpenFlags.Directory | OpenFlags.CloseOnExec);
        if (fd < 0)
        {
            return names;
        }

        byte* buffer = stackalloc byte[8192];
        long length;
        while ((length = Sys.Try(SyscallNumber.Getdents64, (ulong)fd, (ulong)buffer, 8192)) > 0)
        {
            // struct linux_dirent64 (getdents(2)): inode 8, offset 8, record length 2, type 1, name.
            ushort size;
            for (long at = 0; at < length; at += size)
            {
                size = *(ushort*)(buffer + at + 16);
                if (*(ulong*)(buffer + at) == inode)
                {
                    var name = new ReadOnlySpan<byte>(buffer + at + 19, size - 19);
                    names.Add(Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]));
                }
            }
        }

        Sys.Close((int)fd);
        return names;
    }
}
