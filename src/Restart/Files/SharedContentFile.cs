using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart.Files;

/// <summary>
/// The file that content of the image goes into: what everybody who shares it opens and maps. Its fd is what counts, a
/// name it has only where the original had one.
/// </summary>
internal static class SharedContentFile
{
    private const uint AllowSealing = 2, CloseOnExec = 1; // MFD_*
    private const uint PermissionBits = 0xfff;
    private const int KeepSize = 1, PunchHole = 2; // FALLOC_FL_*
    private const int LongestName = 200; // memfd_create(2) takes 249 bytes

    /// <param name="size">Bytes.</param>
    /// <returns>The slot of an fd that is open for reading and writing; the file has its size and is otherwise empty.</returns>
    public static int Create(ProgramBuilder program, SharedObject item, long size, Action<string> warn)
    {
        int slot = item.Kind switch
        {
            SharedObjectKind.NamedMemory => Named(program, item, warn),
            SharedObjectKind.TemporaryFile => Temporary(program, item, warn),
            _ => Memory(program, item),
        };
        program.Syscall($"size of {item.Name}", SyscallNumber.Ftruncate, [Argument.Slot(slot), size]);
        if (item.Kind == SharedObjectKind.NamedMemory && size > 0)
        {
            // Not cut to nothing first: who still has it mapped would be killed by SIGBUS.
            program.Syscall(
                $"empty {item.Name}", SyscallNumber.Fallocate, [Argument.Slot(slot), PunchHole | KeepSize, 0, size]);
        }

        return slot;
    }

    private static int Memory(ProgramBuilder program, SharedObject item)
    {
        string name = Path.GetFileName(item.Name);
        int slot = program.Syscall(
            $"create memfd for {item.Name}", SyscallNumber.MemfdCreate,
            [program.Text(name[..Math.Min(name.Length, LongestName)]), CloseOnExec | AllowSealing], keep: true);
        if ((item.Mode & PermissionBits) != 0)
        {
            SetMode(program, item, slot);
        }

        return slot;
    }

    /// <summary>POSIX shared memory (shm_overview(7)): it gets back the content it had, wherever it is now.</summary>
    private static int Named(ProgramBuilder program, SharedObject item, Action<string> warn)
    {
        if (FileStatus.TryOf(item.Name, out FileStatus now) >= 0
            && (now.Size != item.Size || now.Inode != item.Inode || now.ModifiedNs != item.ModifiedNs))
        {
            warn($"{item.Name} has changed since the checkpoint; it gets back the content it had then");
        }

        const int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.CloseOnExec;
        int slot = program.Syscall(
            $"open shared memory {item.Name}", SyscallNumber.Open,
            [program.Text(item.Name), flags, item.Mode & PermissionBits], keep: true);
        SetMode(program, item, slot);
        return slot;
    }

    /// <summary>O_TMPFILE (open(2)) in its directory, since it may get a name there later.</summary>
    private static int Temporary(ProgramBuilder program, SharedObject item, Action<string> warn)
    {
        string directory = Path.GetDirectoryName(item.Name) ?? "/";
        if (FileStatus.TryOf(directory, out FileStatus now) < 0 || !now.IsDirectory)
        {
            warn($"the directory {directory} of a file without a name is gone; the file can get no name there");
            return Memory(program, item);
        }

        const int flags = OpenFlags.ReadWrite | OpenFlags.TemporaryFile | OpenFlags.CloseOnExec;
        int slot = program.Syscall(
            $"create a file without a name in {directory}", SyscallNumber.Open,
            [program.Text(directory), flags, item.Mode & PermissionBits], keep: true);
        SetMode(program, item, slot);
        return slot;
    }

    /// <summary>Whatever the umask says.</summary>
    private static void SetMode(ProgramBuilder program, SharedObject item, int slot) =>
        program.Syscall(
            $"mode of {item.Name}", SyscallNumber.Fchmod, [Argument.Slot(slot), item.Mode & PermissionBits], Expectation.Warn);
}
