using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One timer of timer_create(2).
/// </summary>
public sealed class PosixTimer
{
    private const int FieldCount = 9;

    /// <summary>The kernel's timer id.</summary>
    public int Id { get; init; }

    /// <summary>CLOCK_ number.</summary>
    public int ClockId { get; init; }

    /// <summary>Signal number.</summary>
    public int Signal { get; init; }

    /// <summary>SIGEV_ value.</summary>
    public int Notify { get; init; }

    /// <summary>sigev_value, as the pointer-sized word it is.</summary>
    public ulong Value { get; init; }

    /// <summary>Thread to signal (SIGEV_THREAD_ID); 0 for none.</summary>
    public int ThreadId { get; init; }

    /// <summary>Period in nanoseconds; 0 for a timer that fires once.</summary>
    public long IntervalNs { get; init; }

    /// <summary>Nanoseconds until it fires; 0 for a timer that is not armed.</summary>
    public long RemainingNs { get; init; }

    /// <summary>Overrun count at the time of the checkpoint.</summary>
    public int Overrun { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Id);
        writer.Write(ClockId);
        writer.Write(Signal);
        writer.Write(Notify);
        writer.Write(Value);
        writer.Write(ThreadId);
        writer.Write(IntervalNs);
        writer.Write(RemainingNs);
        writer.Write(Overrun);
    }

    public static PosixTimer Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new PosixTimer
        {
            Id = fields.Int32(ref reader),
            ClockId = fields.Int32(ref reader),
            Signal = fields.Int32(ref reader),
            Notify = fields.Int32(ref reader),
            Value = fields.UInt64(ref reader),
            ThreadId = fields.Int32(ref reader),
            IntervalNs = fields.Int64(ref reader),
            RemainingNs = fields.Int64(ref reader),
            Overrun = fields.Int32(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
