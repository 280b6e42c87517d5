using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>The file that a unix socket is bound to.</summary>
internal static class UnixName
{
    private const int MinorBits = 20; // of a device number inside of the kernel, linux/kdev_t.h

    /// <summary>Whether the path leads to the socket. It may have been removed, or something else be there now.</summary>
    public static bool IsThere(string path, UnixPeer socket, out FileStatus status)
    {
        if (FileStatus.TryOf(path, out status) < 0 || !status.IsSocket)
        {
            return false;
        }

        // On layered file systems (overlayfs) the numbers are not comparable: then the devices differ.
        bool comparable = status.DeviceMajor == socket.FileDevice >> MinorBits
            && status.DeviceMinor == (socket.FileDevice & ((1u << MinorBits) - 1));
        return !comparable || (uint)status.Inode == socket.FileInode;
    }

    /// <summary>Binds a socket to the name that it had.</summary>
    /// <param name="isThere">The name led to it; otherwise it is to be known by a name under which nobody finds it.</param>
    /// <param name="bind">Adds the operation itself.</param>
    public static void Bind(string path, bool isThere, RecreationContext context, Action bind)
    {
        ProgramBuilder program = context.Program;
        if (!path.StartsWith('/'))
        {
            string directory = context.Process.Identity.WorkingDirectory;
            program.Syscall($"directory of {path}", SyscallNumber.Chdir, [program.Text(directory)], Expectation.Warn);
        }

        Argument name = program.Text(path);
        if (isThere)
        {
            // What is left of the old socket; nobody can be listening on it.
            program.Syscall($"remove {path}", SyscallNumber.Unlink, [name], Expectation.Any);
            bind();
            return;
        }

        // Whatever is there belongs to somebody else: it comes back at once.
        Argument aside = program.Text(path + ".interpose");
        program.Syscall($"set aside {path}", SyscallNumber.Rename, [name, aside], Expectation.Any);
        bind();
        program.Syscall($"{path} was removed", SyscallNumber.Unlink, [name], Expectation.Any);
        program.Syscall($"put back {path}", SyscallNumber.Rename, [aside, name], Expectation.Any);
    }
}
