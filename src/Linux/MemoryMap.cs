using System.Buffers.Text;
using System.Text;

namespace Interpose.Linux;

/// <summary>Reads the memory map of a process (proc_pid_maps(5), proc_pid_smaps(5)).</summary>
public static class MemoryMap
{
    /// <summary>All mappings of this process, with their VmFlags.</summary>
    public static List<MapEntry> ReadOwnDetailed() => Parse(Sys.TryReadFile("/proc/self/smaps") ?? []);

    /// <summary>All mappings of this process, without VmFlags; cheaper, as no page table is walked.</summary>
    public static List<MapEntry> ReadOwn() => Parse(Sys.TryReadFile("/proc/self/maps") ?? []);

    public static List<MapEntry> Parse(ReadOnlySpan<byte> text)
    {
        var entries = new List<MapEntry>();
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            if (line.StartsWith("VmFlags:"u8) && entries.Count > 0)
            {
                entries[^1].Flags = Encoding.ASCII.GetString(line[8..]);
            }
            else if (IsHeader(line))
            {
                entries.Add(ParseHeader(line));
            }
        }

        return entries;
    }

    /// <summary>Attribute lines start with a capital letter, mappings with a lower-case hexadecimal digit.</summary>
    private static bool IsHeader(ReadOnlySpan<byte> line) =>
        !line.IsEmpty && (line[0] is >= (byte)'0' and <= (byte)'9' or >= (byte)'a' and <= (byte)'f');

    private static MapEntry ParseHeader(ReadOnlySpan<byte> line)
    {
        ulong start = Hex(ref line);
        ulong end = Hex(ref line);
        string permissions = Encoding.ASCII.GetString(line[..4]);
        line = line[5..];
        ulong offset = Hex(ref line);
        uint major = (uint)Hex(ref line);
        uint minor = (uint)Hex(ref line);
        _ = Utf8Parser.TryParse(line, out ulong inode, out int used);
        return new MapEntry
        {
            Start = start,
            End = end,
            Permissions = permissions,
            Offset = offset,
            DeviceMajor = major,
            DeviceMinor = minor,
            Inode = inode,
            Name = Encoding.UTF8.GetString(line[used..].TrimStart((byte)' ')),
        };
    }

    private static ulong Hex(ref ReadOnlySpan<byte> line)
    {
        _ = Utf8Parser.TryParse(line, out ulong value, out int used, 'x');
        line = line[(used + 1)..];
        return value;
    }
}
