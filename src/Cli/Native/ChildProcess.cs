using System.Runtime.InteropServices;
using Interpose.Protocol;

namespace Interpose.Cli.Native;

/// <summary>
/// Starts our own executable. Not by the framework's Process class: that installs a SIGCHLD handler and threads, in a
/// process that is about to become another program.
/// </summary>
internal static unsafe class ChildProcess
{
    private const int ActionsSize = 80; // posix_spawn_file_actions_t of glibc
    private const int AttributesSize = 336; // posix_spawnattr_t of glibc
    private const short SetSession = 0x80; // POSIX_SPAWN_SETSID
    private const int ReadWrite = 2;

    /// <summary>The file descriptor at which a detached child finds the writing end of the pipe.</summary>
    public const int ReadyFd = 3;

    /// <summary>Runs a command to its end. Standard output goes to standard error: it is not the command's data.</summary>
    /// <returns>Its exit status; 128 + N for signal N.</returns>
    public static int RunAndWait(IReadOnlyList<string> arguments)
    {
        byte* actions = stackalloc byte[ActionsSize];
        _ = Libc.FileActionsInit(actions);
        fixed (byte* null0 = "/dev/null\0"u8)
        {
            _ = Libc.FileActionsAddOpen(actions, 0, null0, ReadWrite, 0);
            _ = Libc.FileActionsAddDup2(actions, 2, 1);
            int pid = Spawn(arguments, actions, 0);
            int status;
            return Libc.WaitPid(pid, &status, 0) < 0 ? (int)ExitCode.Failure
                : (status & 0x7f) != 0 ? 128 + (status & 0x7f)
                : (status >> 8) & 0xff;
        }
    }

    /// <summary>
    /// Starts a command in a session of its own without any descriptor of ours but <see cref="ReadyFd"/>, and waits
    /// for what it writes there.
    /// </summary>
    /// <returns>The text up to the end of the pipe; empty when the child died without a word.</returns>
    public static string StartDetached(IReadOnlyList<string> arguments)
    {
        int* pipe = stackalloc int[2];
        if (Libc.Pipe2(pipe, Libc.OpenReadOnlyCloseOnExec) != 0)
        {
            throw new CliException(ExitCode.Failure, $"cannot create a pipe: {Libc.Describe(Libc.Errno)}");
        }

        // The daemon would keep open whatever the caller happens to have open, for ever.
        const uint closeOnExec = 4;
        _ = Libc.CloseRange(3, uint.MaxValue, closeOnExec);
        byte* actions = stackalloc byte[ActionsSize];
        _ = Libc.FileActionsInit(actions);
        fixed (byte* null0 = "/dev/null\0"u8)
        {
            for (int fd = 0; fd <= 2; fd++)
            {
                _ = Libc.FileActionsAddOpen(actions, fd, null0, ReadWrite, 0);
            }

            _ = Libc.FileActionsAddDup2(actions, pipe[1], ReadyFd);
            Spawn(arguments, actions, SetSession);
        }

        _ = Libc.Close(pipe[1]);
        var text = new List<byte>();
        byte* buffer = stackalloc byte[256];
        nint count;
        while ((count = Libc.Read(pipe[0], buffer, 256)) > 0)
        {
            text.AddRange(new ReadOnlySpan<byte>(buffer, (int)count));
        }

        _ = Libc.Close(pipe[0]);
        return System.Text.Encoding.UTF8.GetString([.. text]);
    }

    /// <summary>Starts a hook with its own standard input and output, and a socket at fd <see cref="ReadyFd"/>.</summary>
    /// <returns>Its pid.</returns>
    public static int StartHook(string program, int input, int output, int socket)
    {
        byte* actions = stackalloc byte[ActionsSize];
        _ = Libc.FileActionsInit(actions);
        _ = Libc.FileActionsAddDup2(actions, input, 0);
        _ = Libc.FileActionsAddDup2(actions, output, 1);
        _ = Libc.FileActionsAddDup2(actions, socket, ReadyFd);
        fixed (byte* variable = "INTERPOSE_HOOK_FD=3\0"u8)
        {
            return Spawn([program], actions, 0, variable);
        }
    }

    /// <summary>Starts a command that goes on beside us, with a text as its standard input.</summary>
    /// <returns>Its process id.</returns>
    public static int StartWithInput(IReadOnlyList<string> arguments, ReadOnlySpan<byte> input)
    {
        int* pipe = stackalloc int[2];
        if (Libc.Pipe2(pipe, Libc.OpenReadOnlyCloseOnExec) != 0)
        {
            throw new CliException(ExitCode.Failure, $"cannot create a pipe: {Libc.Describe(Libc.Errno)}");
        }

        byte* actions = stackalloc byte[ActionsSize];
        _ = Libc.FileActionsInit(actions);
        _ = Libc.FileActionsAddDup2(actions, pipe[0], 0);
        int pid = Spawn(arguments, actions, 0);
        _ = Libc.Close(pipe[0]);
        fixed (byte* bytes = input)
        {
            // Less than a pipe holds.
            _ = Libc.Write(pipe[1], bytes, (nuint)input.Length);
        }

        _ = Libc.Close(pipe[1]);
        return pid;
    }

    /// <summary>The exit status of a command that has ended, 128 + N for signal N; null as long as it runs.</summary>
    public static int? TryWait(int pid)
    {
        const int noHang = 1;
        int status;
        return Libc.WaitPid(pid, &status, noHang) != pid ? null
            : (status & 0x7f) != 0 ? 128 + (status & 0x7f)
            : (status >> 8) & 0xff;
    }

    private static int Spawn(IReadOnlyList<string> arguments, byte* actions, short flags, byte* variable = null)
    {
        byte* attributes = stackalloc byte[AttributesSize];
        _ = Libc.SpawnAttributesInit(attributes);
        _ = Libc.SpawnAttributesSetFlags(attributes, flags);
        byte** argv = stackalloc byte*[arguments.Count + 1];
        var pins = new List<GCHandle>();
        for (int i = 0; i < arguments.Count; i++)
        {
            var pin = GCHandle.Alloc(CString.From(arguments[i]), GCHandleType.Pinned);
            pins.Add(pin);
            argv[i] = (byte*)pin.AddrOfPinnedObject();
        }

        argv[arguments.Count] = null;
        byte** environment = stackalloc byte*[RawProcess.Count(RawProcess.Environment) + 2];
        environment[0] = variable;
        WithoutPreload(variable == null ? environment : environment + 1);
        int pid;
        int error = Libc.PosixSpawn(&pid, argv[0], actions, attributes, argv, environment);
        pins.ForEach(pin => pin.Free());
        return error == 0
            ? pid
            : throw new CliException(ExitCode.Failure, $"{arguments[0]}: cannot be started: {Libc.Describe(error)}");
    }

    // Started from within a computation, the coordinator must not become part of it.
    private static void WithoutPreload(byte** target)
    {
        for (byte** entry = RawProcess.Environment; *entry is not null; entry++)
        {
            ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*entry);
            if (!text.StartsWith("LD_PRELOAD="u8) && !text.StartsWith("INTERPOSE_COORDINATOR="u8)
                && !text.StartsWith("INTERPOSE_COMPUTATION="u8))
            {
                *target++ = *entry;
            }
        }

        *target = null;
    }
}
