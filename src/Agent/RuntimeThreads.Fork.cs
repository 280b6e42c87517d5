using System.Globalization;
using System.Text;
using Interpose.Linux;

namespace Interpose.Agent;

/// <content>What a fork of the application needs: its child inherits the runtime as it is at that moment.</content>
internal static unsafe partial class RuntimeThreads
{
    private const int RestAttempts = 1000;

    /// <summary>
    /// Waits until the runtime could be forked: the collector of the child would wait for ever for a thread that was in
    /// the middle of managed code.
    /// </summary>
    public static void ComeToRest()
    {
        BecomeIdle();
        foreach (int tid in Ids())
        {
            // Bounded: where /proc may not be read, nothing better can be done.
            for (int i = 0; i < RestAttempts && !WaitsForWork(tid); i++)
            {
                Sys.Try(SyscallNumber.SchedYield);
            }
        }
    }

    // "202 0x7f0c000e98 0x189 ..." is a futex with its address and operation, proc_pid_syscall(5); "running" otherwise.
    private static bool WaitsForWork(int tid)
    {
        long fd = Sys.TryOpen($"/proc/self/task/{tid}/syscall", OpenFlags.CloseOnExec);
        if (fd < 0)
        {
            return true;
        }

        Span<byte> text = stackalloc byte[128];
        long length = Sys.TryRead((int)fd, text);
        Sys.Close((int)fd);
        if (length <= 0)
        {
            return true;
        }

        string[] fields = Encoding.ASCII.GetString(text[..(int)length]).Split(' ');
        return fields is ["202", _, ['0', 'x', .. var operation], ..]
            && ulong.TryParse(operation, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value) && IsWait(value);
    }
}
