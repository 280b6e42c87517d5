using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Interpose.Cli.Native;
using Interpose.Cli.State;
using Interpose.Protocol;

namespace Interpose.Cli.Launch;

/// <summary>Becomes the program: nothing of Interpose is left in between, so everything passes through unchanged.</summary>
internal static unsafe class Launcher
{
    private const int NotFound = 127;
    private const int CannotExecute = 126;

    private static ReadOnlySpan<byte> Preload => "LD_PRELOAD="u8;

    /// <summary>Executes a program under a coordinator. Returns only by exception.</summary>
    /// <param name="name">The program as given.</param>
    /// <param name="argumentCount">How many arguments, the program's name included, end the command line.</param>
    /// <param name="coordinator">The coordinator it joins.</param>
    /// <param name="checkpointRoot">Where checkpoints are to go, or null when not given.</param>
    /// <param name="codec">The codec, or null when not given.</param>
    /// <param name="allowUnmanaged">Run the program even when it cannot be checkpointed.</param>
    /// <param name="ioUring">Whether io_uring is offered to the program.</param>
    /// <exception cref="CliException">It cannot be executed, or not be checkpointed.</exception>
    public static int Execute(
        string name,
        int argumentCount,
        CoordinatorRecord coordinator,
        string? checkpointRoot,
        string? codec,
        bool allowUnmanaged,
        bool ioUring)
    {
        string path = Locate(name, allowUnmanaged);
        List<byte[]> environment = BuildEnvironment(coordinator, checkpointRoot, codec);
        if (ioUring)
        {
            environment.Add(CString.From("INTERPOSE_IO_URING=1"));
        }

        byte** ours = RawProcess.Arguments;
        byte** arguments = ours + (RawProcess.Count(ours) - argumentCount);
        if (Libc.SigPipeWasIgnored() == 0)
        {
            _ = Libc.Signal(Libc.SigPipe, 0);
        }

        int errno = Execute(path, arguments, environment);
        throw errno is Libc.ENOENT or Libc.ENOTDIR
            ? new CliException(NotFound, $"{path}: {Libc.Describe(errno)}; its interpreter may be missing")
            : new CliException(CannotExecute, $"{path}: cannot be executed: {Libc.Describe(errno)}");
    }

    /// <summary>Finds the program and checks that it can be run and checkpointed.</summary>
    public static string Locate(string name, bool allowUnmanaged)
    {
        string path = ProgramLocator.Find(name);
        ProgramInspection found = ProgramInspector.Inspect(path);
        string what = found.Path == path ? path : $"{path} (interpreter {found.Path})";
        switch (found.Kind)
        {
            case ProgramKind.Missing when found.Path == name:
                throw new CliException(NotFound, $"{name}: command not found");
            case ProgramKind.Missing:
                throw new CliException(NotFound, $"{what}: {found.Detail}");
            case ProgramKind.NotExecutable:
                throw new CliException(CannotExecute, $"{what}: cannot be executed: {found.Detail}");
            case ProgramKind.Managed:
                return path;
            default:
                return allowUnmanaged ? path : throw new CliException(ExitCode.Unsupported, Refusal(what, found));
        }
    }

    private static string Refusal(string what, ProgramInspection found)
    {
        string why = found.Kind switch
        {
            ProgramKind.Static => "is statically linked, so nothing can be loaded into it; use a dynamically linked build",
            ProgramKind.Privileged =>
                $"gains privileges ({found.Detail}), so the loader does not load anything into it; run it from an account that needs no such privileges",
            _ => $"is {found.Detail}; only 64-bit x86 programs are supported",
        };
        return $"{what} {why}. It could not be checkpointed; --allow-unmanaged runs it all the same";
    }

    private static int Execute(string path, byte** arguments, List<byte[]> environment)
    {
        byte*[] pointers = new byte*[environment.Count + 1];
        for (int i = 0; i < environment.Count; i++)
        {
            // Pinned for ever: the process is about to be replaced.
            pointers[i] = (byte*)GCHandle.Alloc(environment[i], GCHandleType.Pinned).AddrOfPinnedObject();
        }

        fixed (byte* file = CString.From(path), shell = "/bin/sh\0"u8)
        fixed (byte** envp = pointers)
        {
            _ = Libc.ExecVe(file, arguments, envp);
            int errno = Libc.Errno;
            if (errno != Libc.ENOEXEC)
            {
                return errno;
            }

            // A script without #!: a shell would run it, and so does execvp.
            int count = RawProcess.Count(arguments);
            byte** script = stackalloc byte*[count + 2];
            script[0] = shell;
            script[1] = file;
            for (int i = 1; i <= count; i++)
            {
                script[i + 1] = arguments[i];
            }

            _ = Libc.ExecVe(shell, script, envp);
            return Libc.Errno;
        }
    }

    private static List<byte[]> BuildEnvironment(CoordinatorRecord coordinator, string? checkpointRoot, string? codec)
    {
        var result = new List<byte[]>(64);
        byte[] preload = CString.From("LD_PRELOAD=" + Installation.Shim);
        for (byte** entry = RawProcess.Environment; *entry is not null; entry++)
        {
            ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*entry);
            if (text.StartsWith(Preload))
            {
                preload = Prepend(text[Preload.Length..]);
            }
            else if (!IsOurs(text))
            {
                result.Add([.. text, 0]);
            }
        }

        result.Add(preload);
        result.Add(CString.From("INTERPOSE_COORDINATOR=" + coordinator.Address()));
        result.Add(CString.From("INTERPOSE_SECRET=" + coordinator.Secret));
        result.Add(CString.From("INTERPOSE_COMPUTATION=" + coordinator.Computation));

        // By its number, for children inherit the rest.
        result.Add(CString.From(string.Create(CultureInfo.InvariantCulture, $"INTERPOSE_ROOT={System.Environment.ProcessId}")));
        if (checkpointRoot is not null)
        {
            result.Add(CString.From("INTERPOSE_CKPT_DIR=" + checkpointRoot));
        }

        if (codec is not null)
        {
            result.Add(CString.From("INTERPOSE_CODEC=" + codec));
        }

        return result;
    }

    private static byte[] Prepend(ReadOnlySpan<byte> existing)
    {
        byte[] shim = Encoding.UTF8.GetBytes(Installation.Shim);

        // A program started by a program that runs under Interpose: once is enough.
        foreach (Range part in existing.SplitAny(" :"u8))
        {
            if (existing[part].SequenceEqual(shim))
            {
                return [.. Preload, .. existing, 0];
            }
        }

        return existing.IsEmpty ? [.. Preload, .. shim, 0] : [.. Preload, .. shim, (byte)':', .. existing, 0];
    }

    private static bool IsOurs(ReadOnlySpan<byte> entry) =>
        entry.StartsWith("INTERPOSE_COORDINATOR="u8) || entry.StartsWith("INTERPOSE_SECRET="u8)
        || entry.StartsWith("INTERPOSE_COMPUTATION="u8) || entry.StartsWith("INTERPOSE_CKPT_DIR="u8)
        || entry.StartsWith("INTERPOSE_CODEC="u8) || entry.StartsWith("INTERPOSE_NEW_COORDINATOR="u8)
        || entry.StartsWith("INTERPOSE_ROOT="u8) || entry.StartsWith("INTERPOSE_IO_URING="u8) || entry.StartsWith("INTERPOSE_SECRET_FILE="u8);
}
