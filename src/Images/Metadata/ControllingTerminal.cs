using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>The controlling terminal of a process, as it was at the snapshot.</summary>
public sealed class ControllingTerminal
{
    private const int FieldCount = 5;

    /// <summary>Its device number (tty_nr, proc_pid_stat(5)); 0: the process has none.</summary>
    public ulong Device { get; init; }

    /// <summary>The foreground process group; 0: one that the process cannot know.</summary>
    public int Foreground { get; init; }

    /// <summary>struct termios2, or nothing.</summary>
    public byte[] Settings { get; init; } = [];

    /// <summary>struct winsize, or nothing.</summary>
    public byte[] WindowSize { get; init; } = [];

    /// <summary>What the process has switched in this or another terminal.</summary>
    public IReadOnlyList<ScreenMode> ScreenModes { get; init; } = [];

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Device);
        writer.Write(Foreground);
        writer.Write(Settings);
        writer.Write(WindowSize);
        FieldWriter.List(ref writer, ScreenModes,
            static (ref MessagePackWriter w, ScreenMode item) => item.Write(ref w));
    }

    public static ControllingTerminal Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ControllingTerminal
        {
            Device = fields.UInt64(ref reader),
            Foreground = fields.Int32(ref reader),
            Settings = fields.Blob(ref reader),
            WindowSize = fields.Blob(ref reader),
            ScreenModes = fields.List(ref reader, "modes of a terminal", ScreenMode.Read),
        };
        fields.End(ref reader);
        return result;
    }
}
