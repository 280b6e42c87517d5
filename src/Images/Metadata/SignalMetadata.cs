using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// Signal dispositions, signals pending for the whole process, and timers.
/// </summary>
public sealed class SignalMetadata
{
    private const int FieldCount = 4;

    /// <summary>64 dispositions; entry i is that of signal i + 1.</summary>
    public IReadOnlyList<SignalAction> Actions { get; init; } = [];

    /// <summary>
    /// Signals queued for the process as a whole that are not in the shim's table of threads, oldest first: siginfo_t of
    /// 128 bytes each.
    /// </summary>
    public IReadOnlyList<byte[]> SharedPending { get; init; } = [];

    /// <summary>ITIMER_REAL, ITIMER_VIRTUAL and ITIMER_PROF.</summary>
    public IReadOnlyList<IntervalTimer> IntervalTimers { get; init; } = [];

    /// <summary>Timers of timer_create(2).</summary>
    public IReadOnlyList<PosixTimer> PosixTimers { get; init; } = [];

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        FieldWriter.List(ref writer, Actions,
            static (ref MessagePackWriter w, SignalAction item) => item.Write(ref w));
        FieldWriter.Blobs(ref writer, SharedPending);
        FieldWriter.List(ref writer, IntervalTimers,
            static (ref MessagePackWriter w, IntervalTimer item) => item.Write(ref w));
        FieldWriter.List(ref writer, PosixTimers,
            static (ref MessagePackWriter w, PosixTimer item) => item.Write(ref w));
    }

    public static SignalMetadata Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new SignalMetadata
        {
            Actions = fields.List(ref reader, "signal dispositions", SignalAction.Read),
            SharedPending = fields.List(ref reader, "pending signals", FieldReader.ReadBlob),
            IntervalTimers = fields.List(ref reader, "interval timers", IntervalTimer.Read),
            PosixTimers = fields.List(ref reader, "POSIX timers", PosixTimer.Read),
        };
        fields.End(ref reader);
        return result;
    }
}
