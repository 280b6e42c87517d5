using System.Text;
using Interpose.Cli.Native;
using Interpose.Linux;
using Interpose.Restart.Rules;

namespace Interpose.Cli.Hooks;

/// <summary>
/// Runs the program that knows what takes the place of an object. It reads the description from standard input, and hands
/// back an fd over the unix socket that INTERPOSE_HOOK_FD names (unix(7), SCM_RIGHTS), or writes an answer to standard
/// output, or neither.
/// </summary>
internal static unsafe class HookRunner
{
    private const int LimitMs = 30_000;
    private const int LongestAnswer = 4096;
    private const int UnixDomain = 1, Stream = 1;
    private const int SignalKill = 9;

    /// <exception cref="ReplacementException">It cannot be started, failed, or did not end in time.</exception>
    public static HookAnswer Run(HookRequest request)
    {
        int* ends = stackalloc int[2];
        Sys.Call(request.Program, SyscallNumber.Socketpair, UnixDomain, Stream | OpenFlags.CloseOnExec, 0, (ulong)ends);
        int question = Memory("interpose-hook-question"), answer = Memory("interpose-hook-answer");
        try
        {
            Sys.TryWrite(question, request.Description);
            Sys.Try(SyscallNumber.Lseek, (ulong)question, 0, 0);
            Await(ChildProcess.StartHook(request.Program, question, answer, ends[1]), request);
            int fd = PassedDescriptor.TryReceive(ends[0]);
            return new HookAnswer(fd, Text(answer));
        }
        finally
        {
            Sys.Close(ends[0]);
            Sys.Close(ends[1]);
            Sys.Close(question);
            Sys.Close(answer);
        }
    }

    private static void Await(int pid, HookRequest request)
    {
        const int readable = 1;
        int process = (int)Sys.Call(request.Program, SyscallNumber.PidfdOpen, (ulong)pid);
        int* poll = stackalloc int[2] { process, readable };
        bool ended = Sys.Try(SyscallNumber.Poll, (ulong)poll, 1, LimitMs) > 0;
        if (!ended)
        {
            Sys.Try(SyscallNumber.Kill, (ulong)pid, SignalKill);
        }

        int status = 0;
        Sys.Try(SyscallNumber.Wait4, (ulong)pid, (ulong)&status);
        Sys.Close(process);
        if (!ended || status != 0)
        {
            string what = !ended ? $"did not end within {LimitMs / 1000} s"
                : (status & 0x7f) != 0 ? $"was ended by signal {status & 0x7f}"
                : $"ended with status {status >> 8}";
            throw new ReplacementException($"the hook {request.Program}, asked for {request.Subject}, {what}; nothing was restarted");
        }
    }

    private static int Memory(string name)
    {
        const int closeOnExec = 1;
        fixed (byte* p = Sys.Path(name))
        {
            return (int)Sys.Call(name, SyscallNumber.MemfdCreate, (ulong)p, closeOnExec);
        }
    }

    /// <summary>The first line.</summary>
    private static string Text(int fd)
    {
        byte[] buffer = new byte[LongestAnswer];
        Sys.Try(SyscallNumber.Lseek, (ulong)fd, 0, 0);
        long length = Sys.TryRead(fd, buffer);
        return Encoding.UTF8.GetString(buffer, 0, (int)Math.Max(0, length)).Split('\n')[0].Trim();
    }
}
