using System.Globalization;
using System.Text;
using Interpose.Linux;

namespace Interpose.Agent;

/// <content>What a fork of the application needs: its child inherits the runtime as it is at that moment.</content>
internal static unsafe partial class RuntimeThreads
{
    private const int Yields = 100, Pauses = 2000;
    private const long PauseNs = 1_000_000;

    /// <summary>
    /// Waits until the runtime could be forked: the collector of the child would wait for ever for a thread that was in
    /// the middle of managed code.
    /// </summary>
    public static void ComeToRest()
    {
        BecomeIdle();
        foreach (int tid in Ids())
        {
            // It has done its work, but on a busy machine it may be a long time before it gets to waiting. Bounded: where
            // /proc may not be read, nothing better can be done.
            for (int i = 0; i < Yields + Pauses && !WaitsForWork(tid); i++)
            {
                if (i < Yields)
                {
                    Sys.Try(SyscallNumber.SchedYield);
                }
                else
                {
                    PauseAMoment();
                }
            }
        }
    }

    private static void PauseAMoment()
    {
        long* pause = stackalloc long[2] { 0, PauseNs };
        Sys.Try(SyscallNumber.Nanosleep, (ulong)pause);
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
