using System.Text;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>What each thread registers with the kernel before it goes on where it was.</summary>
internal sealed class ThreadCompiler(ProgramBuilder program, CredentialsCompiler credentials)
{
    private const int PrSetName = 15, PrSetTimerSlack = 29;
    private const int ArchSetGs = 0x1001, ArchSetFs = 0x1002;
    private const int SetMask = 2; // SIG_SETMASK
    private const int BatchOrNormal = 3; // policies up to SCHED_BATCH take no priority

    /// <summary>The main thread's thread pointer; the others get theirs from clone3.</summary>
    public void ThreadPointer(ThreadMetadata thread) =>
        program.Syscall("set the thread pointer", SyscallNumber.ArchPrctl, [ArchSetFs, thread.FsBase]);

    public void Register(ThreadMetadata thread)
    {
        if (thread.GsBase != 0)
        {
            program.Syscall("set the GS base", SyscallNumber.ArchPrctl, [ArchSetGs, thread.GsBase]);
        }

        if (thread.RobustList != 0)
        {
            program.Syscall(
                "register the robust futex list", SyscallNumber.SetRobustList, [thread.RobustList, thread.RobustListLength]);
        }

        if (thread.RseqAddress != 0)
        {
            program.Syscall(
                "register rseq", SyscallNumber.Rseq,
                [thread.RseqAddress, thread.RseqLength, 0, thread.RseqSignature], Expectation.Warn);
        }

        byte[] name = new byte[16];
        byte[] utf8 = Encoding.UTF8.GetBytes(thread.Name);
        utf8.AsSpan(0, Math.Min(15, utf8.Length)).CopyTo(name);
        program.Syscall($"name the thread {thread.Name}", SyscallNumber.Prctl, [PrSetName, program.Data(name)]);
        program.Syscall("timer slack", SyscallNumber.Prctl, [PrSetTimerSlack, thread.TimerSlackNs], Expectation.Any);
        Schedule(thread);
        program.Syscall("I/O priority", SyscallNumber.IoprioSet, [1 /* IOPRIO_WHO_PROCESS */, 0, thread.IoPriority], Expectation.Warn);
        credentials.Assume();
        if (thread.IsAgentThread)
        {
            // Everything stays blocked here but the suspend signal, which threads of the runtime inherit.
            const ulong allButSuspend = ~(1ul << (33 - 1));
            program.Syscall(
                "signal mask", SyscallNumber.RtSigprocmask,
                [SetMask, program.Data(BitConverter.GetBytes(allButSuspend)), 0, 8]);
        }
    }

    /// <summary>Threads of ours stay off the application's table of fds: shared, it would be slower for all.</summary>
    public void SeparateFiles()
    {
        const int cloneFiles = 0x400;
        program.Syscall("own table of fds", SyscallNumber.Unshare, [cloneFiles]);
        program.Syscall("empty it", SyscallNumber.CloseRange, [0, uint.MaxValue, 0]);
    }

    public void Jump(ThreadMetadata thread) =>
        program.Add(OperationKind.Jump, $"thread {thread.Tid} goes on", 0, [thread.ContextAddress]);

    private void Schedule(ThreadMetadata thread)
    {
        if (thread.SchedulingPolicy != 0)
        {
            int priority = (thread.SchedulingPolicy & ~0x40000000) <= BatchOrNormal ? thread.SchedulingPriority : 0;
            program.Syscall(
                $"scheduling policy of thread {thread.Tid}", SyscallNumber.SchedSetscheduler,
                [0, thread.SchedulingPolicy, program.Data(BitConverter.GetBytes(priority))], Expectation.Warn);
        }

        // Also 0: the restart command may have been started with another nice value.
        program.Syscall(
            $"nice value of thread {thread.Tid}", SyscallNumber.Setpriority, [0, 0, thread.Nice], Expectation.Warn);
        if (thread.Affinity.Length > 0)
        {
            program.Syscall(
                $"processor affinity of thread {thread.Tid}", SyscallNumber.SchedSetaffinity,
                [0, thread.Affinity.Length, program.Data(thread.Affinity)], Expectation.Warn);
        }
    }
}
