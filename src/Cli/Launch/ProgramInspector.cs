using System.Text;
using Interpose.Cli.Native;
using Interpose.Linux;

namespace Interpose.Cli.Launch;

/// <summary>
/// Looks at a program before it is executed: a program that the shim cannot enter would run as if nothing were amiss,
/// and the user would learn only at the first checkpoint that there is none.
/// </summary>
internal static unsafe class ProgramInspector
{
    private const int HeaderBytes = ElfProgram.HeaderBytes;
    private const int MaxInterpreters = 4; // BINPRM recursion limit of the kernel
    private const int ModeSetUid = 0x800;
    private const int ModeSetGid = 0x400;
    private const int ModeGroupExecute = 0x8;
    private const int ModeTypeMask = 0xF000;
    private const int ModeRegular = 0x8000;

    /// <summary>Looks at the file that execve would get, and at the interpreters it names.</summary>
    public static ProgramInspection Inspect(string path)
    {
        byte* header = stackalloc byte[HeaderBytes];
        for (int depth = 0; ; depth++)
        {
            ProgramInspection found = InspectOne(path, header, out string? interpreter);
            if (interpreter is null || depth == MaxInterpreters)
            {
                return found;
            }

            path = interpreter;
        }
    }

    private static ProgramInspection InspectOne(string path, byte* header, out string? interpreter)
    {
        interpreter = null;
        fixed (byte* name = CString.From(path))
        {
            Libc.StatxBuffer status;
            if (Libc.Statx(Libc.AtFdCwd, name, 0, Libc.StatxBasicStats, &status) != 0)
            {
                int errno = Libc.Errno;
                ProgramKind kind = errno is Libc.ENOENT or Libc.ENOTDIR ? ProgramKind.Missing : ProgramKind.NotExecutable;
                return new(kind, path, Libc.Describe(errno));
            }

            if ((status.Mode & ModeTypeMask) != ModeRegular)
            {
                return new(ProgramKind.NotExecutable, path, "not a regular file");
            }

            if (Libc.Access(name, Libc.AccessExecute) != 0)
            {
                return new(ProgramKind.NotExecutable, path, Libc.Describe(Libc.Errno));
            }

            int length = ReadStart(name, header);
            if (length >= 2 && header[0] == '#' && header[1] == '!')
            {
                // The kernel ignores set-id bits of scripts.
                interpreter = Interpreter(header, length);
                return new(ProgramKind.Managed, path, string.Empty);
            }

            // An executable that may be run but not read cannot be looked at; the kernel decides.
            return GainsPrivileges(name, status) ?? InspectElf(path, new ReadOnlySpan<byte>(header, length));
        }

        ProgramInspection? GainsPrivileges(byte* name, in Libc.StatxBuffer status)
        {
            if ((status.Mode & ModeSetUid) != 0 && status.Uid != Libc.GetUid())
            {
                return new(ProgramKind.Privileged, path, "set-user-ID");
            }

            if ((status.Mode & (ModeSetGid | ModeGroupExecute)) == (ModeSetGid | ModeGroupExecute) && status.Gid != Libc.GetGid())
            {
                return new(ProgramKind.Privileged, path, "set-group-ID");
            }

            // Root has every capability already, so those of a file change nothing for it.
            if (Libc.GetUid() != 0)
            {
                fixed (byte* attribute = "security.capability\0"u8)
                {
                    if (Libc.GetXAttr(name, attribute, null, 0) > 0)
                    {
                        return new(ProgramKind.Privileged, path, "file capabilities");
                    }
                }
            }

            return null;
        }
    }

    private static ProgramInspection InspectElf(string path, ReadOnlySpan<byte> header)
    {
        ElfProgram program = ElfProgram.Inspect(header, path);
        ProgramKind kind = program.Kind switch
        {
            ElfKind.Static => ProgramKind.Static,
            ElfKind.OtherArchitecture => ProgramKind.OtherArchitecture,
            _ => ProgramKind.Managed,
        };
        return new(kind, path, program.Detail);
    }

    private static int ReadStart(byte* name, byte* header)
    {
        int fd = Libc.Open(name, Libc.OpenReadOnlyCloseOnExec, 0);
        if (fd < 0)
        {
            return 0;
        }

        nint length = Libc.PRead(fd, header, HeaderBytes, 0);
        _ = Libc.Close(fd);
        return (int)Math.Max(length, 0);
    }

    private static string? Interpreter(byte* header, int length)
    {
        ReadOnlySpan<byte> line = new ReadOnlySpan<byte>(header, length)[2..];
        int end = line.IndexOf((byte)'\n');
        line = (end < 0 ? line : line[..end]).Trim(" \t\r"u8);
        int space = line.IndexOfAny((byte)' ', (byte)'\t');
        line = space < 0 ? line : line[..space];
        return line.IsEmpty ? null : Encoding.UTF8.GetString(line);
    }
}
