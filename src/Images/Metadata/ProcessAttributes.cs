using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// What the kernel keeps about the process as a whole, other than its memory, files and signals.
/// </summary>
public sealed class ProcessAttributes
{
    private const int FieldCount = 11;

    /// <summary>File mode creation mask.</summary>
    public uint Umask { get; init; }

    /// <summary>Nice value of the main thread, -20 to 19.</summary>
    public int Nice { get; init; }

    /// <summary>personality(2).</summary>
    public ulong Personality { get; init; }

    /// <summary>PR_GET_DUMPABLE.</summary>
    public int Dumpable { get; init; }

    /// <summary>PR_GET_NO_NEW_PRIVS.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>PR_GET_CHILD_SUBREAPER.</summary>
    public bool ChildSubreaper { get; init; }

    /// <summary>PR_GET_PDEATHSIG; 0 for none.</summary>
    public int ParentDeathSignal { get; init; }

    /// <summary>Mask of the MEMBARRIER_CMD_REGISTER_* commands the process has issued.</summary>
    public uint MembarrierRegistrations { get; init; }

    /// <summary>The 16 limits of getrlimit(2), in the order of their RLIMIT_ numbers.</summary>
    public IReadOnlyList<ResourceLimit> ResourceLimits { get; init; } = [];

    /// <summary>PR_GET_THP_DISABLE.</summary>
    public bool HugePagesDisabled { get; init; }

    /// <summary>/proc/PID/oom_score_adj.</summary>
    public int OomScoreAdjustment { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Umask);
        writer.Write(Nice);
        writer.Write(Personality);
        writer.Write(Dumpable);
        writer.Write(NoNewPrivileges);
        writer.Write(ChildSubreaper);
        writer.Write(ParentDeathSignal);
        writer.Write(MembarrierRegistrations);
        FieldWriter.List(ref writer, ResourceLimits,
            static (ref MessagePackWriter w, ResourceLimit item) => item.Write(ref w));
        writer.Write(HugePagesDisabled);
        writer.Write(OomScoreAdjustment);
    }

    public static ProcessAttributes Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ProcessAttributes
        {
            Umask = fields.UInt32(ref reader),
            Nice = fields.Int32(ref reader),
            Personality = fields.UInt64(ref reader),
            Dumpable = fields.Int32(ref reader),
            NoNewPrivileges = fields.Boolean(ref reader),
            ChildSubreaper = fields.Boolean(ref reader),
            ParentDeathSignal = fields.Int32(ref reader),
            MembarrierRegistrations = fields.UInt32(ref reader),
            ResourceLimits = fields.List(ref reader, "resource limits", ResourceLimit.Read),
            HugePagesDisabled = fields.Boolean(ref reader),
            OomScoreAdjustment = fields.Int32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
