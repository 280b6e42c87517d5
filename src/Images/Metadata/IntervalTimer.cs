using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One timer of setitimer(2).
/// </summary>
public sealed class IntervalTimer
{
    private const int FieldCount = 2;

    /// <summary>Period in microseconds; 0 for a timer that fires once.</summary>
    public long IntervalUs { get; init; }

    /// <summary>Microseconds until it fires; 0 for a timer that is not armed.</summary>
    public long ValueUs { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(IntervalUs);
        writer.Write(ValueUs);
    }

    public static IntervalTimer Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new IntervalTimer
        {
            IntervalUs = fields.Int64(ref reader),
            ValueUs = fields.Int64(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
