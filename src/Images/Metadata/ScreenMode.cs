using System.Globalization;
using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>A mode that a process has switched in a terminal (xterm, "DEC Private Mode Set").</summary>
public sealed class ScreenMode
{
    /// <summary>In place of the number of a private mode: the application keypad.</summary>
    public const int Keypad = 100000;

    private const int FieldCount = 4;

    /// <summary>Device number of the terminal.</summary>
    public ulong Device { get; init; }

    /// <summary>Number of the private mode, or <see cref="Keypad"/>.</summary>
    public int Mode { get; init; }

    /// <summary>It is on.</summary>
    public bool IsSet { get; init; }

    /// <summary>When, by CLOCK_MONOTONIC in ns: the last one counts.</summary>
    public long TimeNs { get; init; }

    /// <summary>A terminal has it on by itself: the cursor is shown, lines wrap.</summary>
    public static bool IsUsuallySet(int mode) => mode is 7 or 25;

    /// <summary>What a program writes to switch it.</summary>
    public static string Sequence(int mode, bool set) => mode == Keypad
        ? set ? "\e=" : "\e>"
        : string.Create(CultureInfo.InvariantCulture, $"\e[?{mode}{(set ? 'h' : 'l')}");

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Device);
        writer.Write(Mode);
        writer.Write(IsSet);
        writer.Write(TimeNs);
    }

    public static ScreenMode Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ScreenMode
        {
            Device = fields.UInt64(ref reader),
            Mode = fields.Int32(ref reader),
            IsSet = fields.Boolean(ref reader),
            TimeNs = fields.Int64(ref reader),
        };
        fields.End(ref reader);
        return result;
    }
}
