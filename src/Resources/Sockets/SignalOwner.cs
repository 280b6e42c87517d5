using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>Who is sent a signal when something arrives (fcntl(2), F_SETOWN_EX, F_SETSIG, O_ASYNC).</summary>
internal static unsafe class SignalOwner
{
    private const string Key = "signal-owner";
    private const int SetSignal = 10, GetSignal = 11, SetOwner = 15, GetOwner = 16;
    private const int Async = 0x2000; // O_ASYNC

    public static void Describe(int fd, int flags, Dictionary<string, string> extra)
    {
        int* owner = stackalloc int[2]; // struct f_owner_ex
        if (Sys.Try(SyscallNumber.Fcntl, (ulong)fd, GetOwner, (ulong)owner) < 0 || (owner[1] == 0 && (flags & Async) == 0))
        {
            return;
        }

        long signal = Sys.Try(SyscallNumber.Fcntl, (ulong)fd, GetSignal);
        extra[Key] = string.Create(CultureInfo.InvariantCulture, $"{owner[0]},{owner[1]},{Math.Max(0, signal)}");
    }

    /// <summary>In a process that has it, when all processes are there.</summary>
    public static void Refill(OpenFileDescription file, int fd, ProgramBuilder program)
    {
        if (file.Extra.GetValueOrDefault(Key) is not { } text)
        {
            return;
        }

        int[] parts = [.. text.Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
        program.Syscall($"signal of {file.Path}", SyscallNumber.Fcntl, [fd, SetSignal, parts[2]], Expectation.Warn);
        program.Syscall($"who is signalled by {file.Path}", SyscallNumber.Fcntl, [fd, SetOwner, program.Data<int>(parts.AsSpan(0, 2))], Expectation.Warn);
        if ((file.Flags & Async) != 0)
        {
            int flags = file.Flags & (FcntlCommand.Changeable | Async);
            program.Syscall($"signals of {file.Path}", SyscallNumber.Fcntl, [fd, FcntlCommand.SetFlags, flags], Expectation.Warn);
        }
    }
}
