namespace Interpose.Linux;

/// <summary>One mapping of /proc/PID/smaps.</summary>
public sealed class MapEntry
{
    public ulong Start { get; init; }

    public ulong End { get; init; }

    /// <summary>The four characters of the permissions column.</summary>
    public string Permissions { get; init; } = "";

    public ulong Offset { get; init; }

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    public ulong Inode { get; init; }

    public string Name { get; init; } = "";

    /// <summary>The two-letter codes of the VmFlags line, "" when only maps was read.</summary>
    public string Flags { get; set; } = "";

    public bool IsShared => Permissions[3] == 's';

    public ulong Length => End - Start;

    /// <summary>The VmFlags line has this two-letter code.</summary>
    public bool Has(string code) => Flags.Contains(code, StringComparison.Ordinal);
}
