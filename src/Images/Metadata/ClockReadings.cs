using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// The clocks at the moment of the snapshot, from which restart computes the offsets of the time namespace.
/// </summary>
public sealed class ClockReadings
{
    private const int FieldCount = 3;

    /// <summary>CLOCK_MONOTONIC, nanoseconds, as the process saw it.</summary>
    public long MonotonicNs { get; init; }

    /// <summary>CLOCK_BOOTTIME, nanoseconds, as the process saw it.</summary>
    public long BoottimeNs { get; init; }

    /// <summary>CLOCK_REALTIME, nanoseconds since 1970.</summary>
    public long RealtimeNs { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(MonotonicNs);
        writer.Write(BoottimeNs);
        writer.Write(RealtimeNs);
    }

    public static ClockReadings Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ClockReadings
        {
            MonotonicNs = fields.Int64(ref reader),
            BoottimeNs = fields.Int64(ref reader),
            RealtimeNs = fields.Int64(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
