using Interpose.Agent.Abi;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>The suspended threads, main thread first, and the shim's own thread last.</summary>
internal static unsafe class ThreadCollector
{
    private const uint RseqSignature = 0x53053053; // glibc's RSEQ_SIG, sys/rseq.h
    private const uint RseqMinimumSize = 32;       // what rseq(2) wants of the first version of the area

    public static List<ThreadMetadata> Collect(NativeState* state, int pid)
    {
        var threads = new List<ThreadMetadata>();

        // The service thread's slot follows the application's; the snapshot fills it (snapshot.c).
        for (uint i = 0; i <= state->ThreadCount; i++)
        {
            NativeThread* slot = &state->Threads[i];
            bool service = i == state->ThreadCount;
            if (service || slot->State == NativeThread.StateParked)
            {
                threads.Add(Describe(state, slot, service));
            }
        }

        int main = threads.FindIndex(t => t.Tid == pid);
        if (main > 0)
        {
            (threads[0], threads[main]) = (threads[main], threads[0]);
        }

        return threads;
    }

    private static ThreadMetadata Describe(NativeState* state, NativeThread* slot, bool service)
    {
        int tid = service ? state->ServiceTid : slot->Tid;
        int priority = 0;
        byte* affinity = stackalloc byte[1024];
        Sys.Try(SyscallNumber.SchedGetparam, (ulong)tid, (ulong)&priority);
        long affinityLength = Sys.Try(SyscallNumber.SchedGetaffinity, (ulong)tid, 1024, (ulong)affinity);
        long nice = Sys.Try(SyscallNumber.Getpriority, 0, (ulong)tid);
        bool hasRseq = state->RseqSize != 0;
        return new ThreadMetadata
        {
            Tid = tid,
            Name = Sys.ReadText($"/proc/self/task/{tid}/comm").TrimEnd('\n'),
            ContextAddress = (ulong)&slot->Context,
            FsBase = slot->FsBase,
            GsBase = slot->GsBase,
            RobustList = slot->RobustList,
            RobustListLength = slot->RobustListLength,
            ClearChildTid = slot->ClearChildTid,
            RseqAddress = hasRseq ? slot->FsBase + (ulong)state->RseqOffset : 0,
            RseqLength = hasRseq ? Math.Max(state->RseqSize, RseqMinimumSize) : 0,
            RseqSignature = RseqSignature,
            SchedulingPolicy = (int)Sys.Try(SyscallNumber.SchedGetscheduler, (ulong)tid),
            SchedulingPriority = priority,
            Nice = nice > 0 ? 20 - (int)nice : 0,
            Affinity = affinityLength > 0 ? new ReadOnlySpan<byte>(affinity, (int)affinityLength).ToArray() : [],
            TimerSlackNs = slot->TimerSlack,
            IoPriority = (int)Math.Max(0, Sys.Try(SyscallNumber.IoprioGet, 1 /* IOPRIO_WHO_PROCESS */, (ulong)tid)),
            IsAgentThread = service || slot->Service != 0,
        };
    }
}
