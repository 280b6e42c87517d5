using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>A child that has ended and whose status its parent has not collected yet (wait(2)).</summary>
public sealed class ZombieChild
{
    private const int FieldCount = 6;

    /// <summary>Its process id, which it holds until it is waited for.</summary>
    public int Pid { get; init; }

    /// <summary>Process group id.</summary>
    public int ProcessGroup { get; init; }

    /// <summary>Session id.</summary>
    public int Session { get; init; }

    /// <summary>The status that wait(2) is going to give.</summary>
    public int Status { get; init; }

    /// <summary>The signal its parent gets (clone(2), exit_signal).</summary>
    public int ExitSignal { get; init; }

    /// <summary>Name of the program.</summary>
    public string Comm { get; init; } = "";

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Pid);
        writer.Write(ProcessGroup);
        writer.Write(Session);
        writer.Write(Status);
        writer.Write(ExitSignal);
        FieldWriter.Text(ref writer, Comm);
    }

    public static ZombieChild Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ZombieChild
        {
            Pid = fields.Int32(ref reader),
            ProcessGroup = fields.Int32(ref reader),
            Session = fields.Int32(ref reader),
            Status = fields.Int32(ref reader),
            ExitSignal = fields.Int32(ref reader),
            Comm = fields.Text(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
