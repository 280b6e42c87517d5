using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// What the kernel keeps about the address space besides its mappings (prctl PR_SET_MM_MAP takes it back).
/// </summary>
public sealed class MemoryLayout
{
    private const int FieldCount = 13;

    /// <summary>Start of the program text.</summary>
    public ulong StartCode { get; init; }

    /// <summary>End of the program text.</summary>
    public ulong EndCode { get; init; }

    /// <summary>Start of the initialised data.</summary>
    public ulong StartData { get; init; }

    /// <summary>End of the initialised data.</summary>
    public ulong EndData { get; init; }

    /// <summary>Initial stack pointer of the main thread.</summary>
    public ulong StartStack { get; init; }

    /// <summary>Start of the brk heap.</summary>
    public ulong StartBreak { get; init; }

    /// <summary>Current end of the brk heap.</summary>
    public ulong Break { get; init; }

    /// <summary>Start of the argument strings.</summary>
    public ulong ArgumentStart { get; init; }

    /// <summary>End of the argument strings.</summary>
    public ulong ArgumentEnd { get; init; }

    /// <summary>Start of the environment strings.</summary>
    public ulong EnvironmentStart { get; init; }

    /// <summary>End of the environment strings.</summary>
    public ulong EnvironmentEnd { get; init; }

    /// <summary>/proc/PID/auxv as it is.</summary>
    public byte[] AuxiliaryVector { get; init; } = [];

    /// <summary>Where the kernel had put the vdso.</summary>
    public VdsoLocation Vdso { get; init; } = new();

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(StartCode);
        writer.Write(EndCode);
        writer.Write(StartData);
        writer.Write(EndData);
        writer.Write(StartStack);
        writer.Write(StartBreak);
        writer.Write(Break);
        writer.Write(ArgumentStart);
        writer.Write(ArgumentEnd);
        writer.Write(EnvironmentStart);
        writer.Write(EnvironmentEnd);
        writer.Write(AuxiliaryVector);
        Vdso.Write(ref writer);
    }

    public static MemoryLayout Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new MemoryLayout
        {
            StartCode = fields.UInt64(ref reader),
            EndCode = fields.UInt64(ref reader),
            StartData = fields.UInt64(ref reader),
            EndData = fields.UInt64(ref reader),
            StartStack = fields.UInt64(ref reader),
            StartBreak = fields.UInt64(ref reader),
            Break = fields.UInt64(ref reader),
            ArgumentStart = fields.UInt64(ref reader),
            ArgumentEnd = fields.UInt64(ref reader),
            EnvironmentStart = fields.UInt64(ref reader),
            EnvironmentEnd = fields.UInt64(ref reader),
            AuxiliaryVector = fields.Blob(ref reader),
            Vdso = fields.Record(ref reader, VdsoLocation.Read) ?? new VdsoLocation(),
        };
        fields.End(ref reader);
        return result;
    }
}
