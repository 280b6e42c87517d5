using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One thread: what has to be registered with the kernel again. Its registers and its pending signals are in memory, in
/// the signal frame and in the shim's table of threads.
/// </summary>
public sealed class ThreadMetadata
{
    private const int FieldCount = 19;

    /// <summary>Thread id.</summary>
    public int Tid { get; init; }

    /// <summary>Thread name (comm).</summary>
    public string Name { get; init; } = "";

    /// <summary>Address of the struct ip_context (interpose_abi.h) at which the thread continues.</summary>
    public ulong ContextAddress { get; init; }

    /// <summary>FS base (thread pointer).</summary>
    public ulong FsBase { get; init; }

    /// <summary>GS base.</summary>
    public ulong GsBase { get; init; }

    /// <summary>Head of the robust futex list; 0 for none.</summary>
    public ulong RobustList { get; init; }

    /// <summary>Length given to set_robust_list(2).</summary>
    public ulong RobustListLength { get; init; }

    /// <summary>PR_GET_TID_ADDRESS; 0 for none.</summary>
    public ulong ClearChildTid { get; init; }

    /// <summary>Registered rseq area; 0 for none.</summary>
    public ulong RseqAddress { get; init; }

    /// <summary>Its registered length in bytes.</summary>
    public uint RseqLength { get; init; }

    /// <summary>Its signature.</summary>
    public uint RseqSignature { get; init; }

    /// <summary>SCHED_ number, with SCHED_RESET_ON_FORK when set.</summary>
    public int SchedulingPolicy { get; init; }

    /// <summary>Real-time priority; 0 for the ordinary policies.</summary>
    public int SchedulingPriority { get; init; }

    /// <summary>Nice value, -20 to 19.</summary>
    public int Nice { get; init; }

    /// <summary>CPU mask as sched_getaffinity(2) gives it; empty where it was not recorded.</summary>
    public byte[] Affinity { get; init; } = [];

    /// <summary>PR_GET_TIMERSLACK, nanoseconds.</summary>
    public ulong TimerSlackNs { get; init; }

    /// <summary>
    /// Signals queued for this thread that are not in the shim's table, oldest first: siginfo_t of 128 bytes each.
    /// </summary>
    public IReadOnlyList<byte[]> Pending { get; init; } = [];

    /// <summary>The thread belongs to Interpose (its service thread or the agent's runtime), not to the application.</summary>
    public bool IsAgentThread { get; init; }

    /// <summary>ioprio_get(2): class and level.</summary>
    public int IoPriority { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Tid);
        FieldWriter.Text(ref writer, Name);
        writer.Write(ContextAddress);
        writer.Write(FsBase);
        writer.Write(GsBase);
        writer.Write(RobustList);
        writer.Write(RobustListLength);
        writer.Write(ClearChildTid);
        writer.Write(RseqAddress);
        writer.Write(RseqLength);
        writer.Write(RseqSignature);
        writer.Write(SchedulingPolicy);
        writer.Write(SchedulingPriority);
        writer.Write(Nice);
        writer.Write(Affinity);
        writer.Write(TimerSlackNs);
        FieldWriter.Blobs(ref writer, Pending);
        writer.Write(IsAgentThread);
        writer.Write(IoPriority);
    }

    public static ThreadMetadata Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ThreadMetadata
        {
            Tid = fields.Int32(ref reader),
            Name = fields.Text(ref reader),
            ContextAddress = fields.UInt64(ref reader),
            FsBase = fields.UInt64(ref reader),
            GsBase = fields.UInt64(ref reader),
            RobustList = fields.UInt64(ref reader),
            RobustListLength = fields.UInt64(ref reader),
            ClearChildTid = fields.UInt64(ref reader),
            RseqAddress = fields.UInt64(ref reader),
            RseqLength = fields.UInt32(ref reader),
            RseqSignature = fields.UInt32(ref reader),
            SchedulingPolicy = fields.Int32(ref reader),
            SchedulingPriority = fields.Int32(ref reader),
            Nice = fields.Int32(ref reader),
            Affinity = fields.Blob(ref reader),
            TimerSlackNs = fields.UInt64(ref reader),
            Pending = fields.List(ref reader, "pending signals of a thread", FieldReader.ReadBlob),
            IsAgentThread = fields.Boolean(ref reader),
            IoPriority = fields.Int32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
