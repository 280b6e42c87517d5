using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// One disposition, as rt_sigaction(2) takes it.
/// </summary>
public sealed class SignalAction
{
    private const int FieldCount = 4;

    /// <summary>Address of the handler, or SIG_DFL (0) or SIG_IGN (1).</summary>
    public ulong Handler { get; init; }

    /// <summary>SA_ flags.</summary>
    public ulong Flags { get; init; }

    /// <summary>Address of the code that returns from the handler.</summary>
    public ulong Restorer { get; init; }

    /// <summary>Signals blocked while it runs.</summary>
    public ulong Mask { get; init; }

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Handler);
        writer.Write(Flags);
        writer.Write(Restorer);
        writer.Write(Mask);
    }

    public static SignalAction Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new SignalAction
        {
            Handler = fields.UInt64(ref reader),
            Flags = fields.UInt64(ref reader),
            Restorer = fields.UInt64(ref reader),
            Mask = fields.UInt64(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
