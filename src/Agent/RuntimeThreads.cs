using System.Runtime.InteropServices;
using Interpose.Agent.Abi;

namespace Interpose.Agent;

/// <summary>
/// Threads of the managed runtime (the finalizer). The collector waits for a thread that runs managed code, so one that
/// is suspended in the middle of it would stop the agent for ever: they may only be suspended while idle.
/// </summary>
internal static unsafe partial class RuntimeThreads
{
    private const int Futex = 202;
    private const int InstructionPointer = 168; // uc_mcontext.gregs[REG_RIP] in ucontext_t, sys/ucontext.h
    private const int SecondArgument = 112;    // uc_mcontext.gregs[REG_RSI]
    private const int SyscallLength = 2;

    // futex(2): the operation without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME.
    private const ulong OperationMask = 0x7f, FutexWait = 0, FutexWaitBitset = 9;

    private static uint s_counted;

    /// <summary>Thread ids, ascending by age.</summary>
    public static List<int> Ids()
    {
        var ids = new List<int>();
        for (int i = 0; RuntimeThread(i) is var tid and not 0; i++)
        {
            ids.Add(tid);
        }

        return ids;
    }

    /// <summary>
    /// Lets the shim know how many there are: a thread of the application that ends with exit(2) ends the process when
    /// only ours are left. The picture has to say it too.
    /// </summary>
    public static void Count(NativeState* state)
    {
        uint threads = (uint)Ids().Count;
        if (threads > s_counted)
        {
            state->OwnThreads += threads - s_counted;
            s_counted = threads;
        }
    }

    /// <summary>Waits until they have nothing to do. A process that was forked with the runtime inside has none.</summary>
    public static void BecomeIdle()
    {
        if (Ids().Count > 0)
        {
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>Marks them as ours; true when each was suspended while it waited for work.</summary>
    public static bool AreIdle(NativeState* state)
    {
        Count(state);
        List<int> ids = Ids();
        bool idle = true;
        for (uint i = 0; i < state->ThreadCount; i++)
        {
            NativeThread* slot = &state->Threads[i];
            if (ids.Contains(slot->Tid))
            {
                slot->Service = 1;
                ulong at = *(ulong*)(slot->UserContext + InstructionPointer);
                idle &= slot->State != NativeThread.StateParked || (slot->CallNumber == Futex
                    && (at == slot->CallProgramCounter || at == slot->CallProgramCounter - SyscallLength)
                    && IsWait(*(ulong*)(slot->UserContext + SecondArgument)));
            }
        }

        return idle;
    }

    /// <summary>One that wakes another is in the same call, but in the middle of its work.</summary>
    private static bool IsWait(ulong operation) => (operation & OperationMask) is FutexWait or FutexWaitBitset;

#if AGENT_HOST_DNNE
    /// <summary>A hosted runtime links no glue of ours; its threads cannot be told from the application's.</summary>
    private static int RuntimeThread(int index) => index * 0;
#else
    [LibraryImport("interpose-glue", EntryPoint = "interpose_runtime_thread")]
    private static partial int RuntimeThread(int index);
#endif
}
