using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart.Files;

/// <summary>
/// Files live on while a process is dead. What a restart does about files that changed is stated in
/// docs/compatibility.md: a file the program writes is cut back to its size at the checkpoint, so that nothing is
/// written twice; other changes are reported; a file that is gone is an error.
/// </summary>
internal static class FilePolicy
{
    public static void Check(OpenFileDescription file, Action<string> warn)
    {
        if (!IsNamedFile(file))
        {
            return;
        }

        long outcome = FileStatus.TryOf(file.Path, out FileStatus now);
        if (outcome < 0)
        {
            throw new ImageException(
                $"{file.Path} was open at the checkpoint and cannot be found now (errno {-outcome}); "
                + "put it back, or restart on a machine that has it");
        }

        bool writable = (file.Flags & OpenFlags.AccessMode) != OpenFlags.ReadOnly;
        if (now.Size < file.Size)
        {
            warn($"{file.Path} has shrunk from {file.Size} to {now.Size} bytes since the checkpoint");
        }
        else if (now.Size > file.Size && writable)
        {
            warn($"{file.Path} has grown from {file.Size} to {now.Size} bytes since the checkpoint; it is cut back");
        }
        else if (!writable && now.ModifiedNs != file.ModifiedNs)
        {
            warn($"{file.Path} has been changed since the checkpoint");
        }
    }

    /// <summary>Cuts back what was appended after the checkpoint: the program is going to write it again.</summary>
    public static void CutBack(OpenFileDescription file, int slot, ProgramBuilder program)
    {
        bool writable = (file.Flags & OpenFlags.AccessMode) != OpenFlags.ReadOnly;
        if (IsNamedFile(file) && writable && FileStatus.TryOf(file.Path, out FileStatus now) >= 0 && now.Size > file.Size)
        {
            program.Syscall($"cut {file.Path} back to {file.Size} bytes", SyscallNumber.Ftruncate, [Argument.Slot(slot), file.Size]);
        }
    }

    /// <summary>Programs and libraries must be the very files that were mapped.</summary>
    public static void CheckMapped(MappedFile file, bool privately, Action<string> warn)
    {
        long outcome = FileStatus.TryOf(file.Path, out FileStatus now);
        if (outcome < 0)
        {
            throw new ImageException(
                $"{file.Path} was mapped at the checkpoint and cannot be found now (errno {-outcome}); "
                + "install the same version, or restart on a machine that has it");
        }

        if (privately && (now.Size != file.Size || now.ModifiedNs != file.ModifiedNs))
        {
            throw new ImageException(
                $"{file.Path} is not the file that was mapped at the checkpoint "
                + $"(then {file.Size} bytes, now {now.Size} bytes, or another modification time); install the same version");
        }

        if (!privately && now.Size < file.Size)
        {
            warn($"{file.Path}, mapped by the program, has shrunk from {file.Size} to {now.Size} bytes");
        }
    }

    private static bool IsNamedFile(OpenFileDescription file) =>
        file.Kind == OpenFileKind.RegularFile && file.ContentObject == 0
        && !file.Path.StartsWith("/proc/", StringComparison.Ordinal) && !file.Path.StartsWith("/sys/", StringComparison.Ordinal);
}
