using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>An open directory that has been removed: made where it was, opened, and removed again.</summary>
internal static class DeletedDirectory
{
    private const uint PermissionBits = 0xfff;

    public static int Open(OpenFileDescription file, RecreationContext context)
    {
        ProgramBuilder program = context.Program;

        // Its parents may be gone as well; and another may have its name now.
        var made = new List<string>();
        string path = FileStatus.TryOfLink(file.Path, out _) < 0
            ? file.Path
            : string.Create(CultureInfo.InvariantCulture, $"{file.Path}.{context.Process.Identity.Pid}.{file.Inode}");
        for (string? at = path; !string.IsNullOrEmpty(at) && FileStatus.TryOf(at, out _) < 0; at = Path.GetDirectoryName(at))
        {
            made.Insert(0, at);
        }

        foreach (string one in made)
        {
            program.Syscall($"make {one} for a moment", SyscallNumber.Mkdir, [program.Text(one), 0x1C0 /* 0700 */], Expectation.Warn);
        }

        int slot = program.Syscall(
            $"open directory {path}", SyscallNumber.Open, [program.Text(path), file.Flags | OpenFlags.CloseOnExec], keep: true);
        if ((file.Flags & OpenFlags.PathOnly) == 0)
        {
            program.Syscall("its mode", SyscallNumber.Fchmod, [Argument.Slot(slot), file.Mode & PermissionBits], Expectation.Warn);
        }

        made.Reverse();
        foreach (string one in made)
        {
            program.Syscall($"remove {one} again", SyscallNumber.Rmdir, [program.Text(one)], Expectation.Warn);
        }

        return slot;
    }
}
