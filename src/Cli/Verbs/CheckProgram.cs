using System.Text;
using Interpose.Images;

namespace Interpose.Cli.Verbs;

/// <summary>Whether the shim can enter a program.</summary>
internal static class CheckProgram
{
    private const uint SetUid = 0x800;
    private const uint SetGid = 0x400;

    /// <summary>BINPRM_BUF_SIZE: the kernel looks for the interpreter in this much of a script.</summary>
    private const int ScriptLineBytes = 256;

    /// <summary>How many scripts the kernel follows before it gives up.</summary>
    private const int ScriptDepth = 4;

    public static IEnumerable<CheckFinding> Look(string program)
    {
        string? path = Find(program);
        return path is null
            ? [CheckFinding.Fails("program", $"{program}: not found", "give a path, or a name that is in PATH")]
            : Look(path, ScriptDepth);
    }

    private static IEnumerable<CheckFinding> Look(string path, int depth)
    {
        if (!FileIdentity.TryOf(path, out FileIdentity identity, out _) || !identity.IsRegularFile)
        {
            return [CheckFinding.Fails("program", $"{path}: not a file", "give the path of a program")];
        }

        if (!CheckNative.CanExecute(path))
        {
            return [CheckFinding.Fails("program", $"{path}: not executable for this user", $"chmod +x {path}")];
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Script(file) is { } interpreter
                ? FollowScript(path, interpreter, depth)
                : [.. Elf(path, file), Privilege(path, identity)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [CheckFinding.Limited("program", $"{path}: cannot be read, so not looked into", "")];
        }
    }

    private static IEnumerable<CheckFinding> FollowScript(string path, string interpreter, int depth)
    {
        if (depth == 0)
        {
            return [CheckFinding.Fails("program", $"{path}: scripts are nested too deeply", "run the interpreter itself")];
        }

        return Look(interpreter, depth - 1)
            .Prepend(CheckFinding.Works("program", $"{path}: script, run by {interpreter}"));
    }

    private static IEnumerable<CheckFinding> Elf(string path, Stream file)
    {
        file.Position = 0;
        CheckElf? elf = CheckElf.Read(file);
        yield return elf switch
        {
            null => CheckFinding.Fails(
                "program", $"{path}: neither an ELF program nor a script with #!", "run it through its interpreter"),
            { Is64Bit: false } => CheckFinding.Fails(
                "program", $"{path}: a 32-bit program", "use a 64-bit build of it"),
            { Machine: not CheckElf.X8664 } => CheckFinding.Fails(
                "program", $"{path}: for machine {elf.Machine}, not x86-64", "use an x86-64 build of it"),
            { Interpreter: null } => CheckFinding.Fails(
                "program", $"{path}: static, so no library can be preloaded into it", "use a dynamically linked build of it"),
            { Interpreter: var loader } when loader.Contains("musl", StringComparison.Ordinal) => CheckFinding.Fails(
                "program", $"{path}: uses musl ({loader}), not glibc", "use a glibc build of it"),
            _ => CheckFinding.Works("program", $"{path}: 64-bit, dynamically linked ({elf.Interpreter})"),
        };
    }

    /// <summary>The loader ignores preloaded libraries in a program that gains privilege by being run.</summary>
    private static CheckFinding Privilege(string path, FileIdentity identity)
    {
        string? gain = (identity.Mode & SetUid) != 0 && identity.Owner != CheckNative.UserId() ? "setuid"
            : (identity.Mode & SetGid) != 0 && identity.Group != CheckNative.GroupId() ? "setgid"
            : CheckNative.UserId() != 0 && CheckNative.HasFileCapabilities(path) ? "file capabilities"
            : null;
        return gain is null
            ? CheckFinding.Works("privilege", "the program runs with the rights of its user, so the shim is loaded")
            : CheckFinding.Fails(
                "privilege", $"{path}: {gain}: the loader ignores the shim",
                "run it as the user it would become, or a copy without the special bits");
    }

    /// <summary>The interpreter of a script, or null.</summary>
    private static string? Script(Stream file)
    {
        byte[] start = new byte[ScriptLineBytes];
        int length = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (length < 2 || start[0] != '#' || start[1] != '!')
        {
            return null;
        }

        string line = Encoding.UTF8.GetString(start, 2, length - 2).Split('\n')[0];
        return line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) switch
        {
            [] => "",
            [var env, var name, ..] when Path.GetFileName(env) == "env" && !name.StartsWith('-') => Find(name) ?? name,
            [var interpreter, ..] => interpreter,
        };
    }

    private static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        }

        return (ImagesOptions.Value("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(CheckNative.CanExecute);
    }
}
