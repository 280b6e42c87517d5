using System.Globalization;
using Interpose.Linux;

namespace Interpose.Resources.Inotify;

/// <summary>One watch, as /proc/PID/fdinfo/FD tells it (proc_pid_fdinfo(5)).</summary>
internal sealed record InotifyWatch(int Number, ulong Device, ulong Inode, uint Mask, int HandleType, byte[] Handle)
{
    // What inotify_add_watch(2) takes: events, IN_EXCL_UNLINK, IN_ONESHOT. The kernel shows bits of its own as well.
    private const uint Accepted = 0xfff | 0x0400_0000 | 0x8000_0000;

    /// <summary>
    /// "inotify wd:2 ino:b206f8 sdev:fe00000 mask:4000fff ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:f806…",
    /// all but the length hexadecimal.
    /// </summary>
    public static List<InotifyWatch> Parse(string fdinfo)
    {
        var watches = new List<InotifyWatch>();
        foreach (string line in fdinfo.Split('\n').Where(l => l.StartsWith("inotify ", StringComparison.Ordinal)))
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string word in line.Split(' ').Skip(1))
            {
                int colon = word.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0)
                {
                    fields[word[..colon]] = word[(colon + 1)..];
                }
            }

            ulong device = Hex(fields, "sdev"); // the kernel's own dev_t: 12 bits major, 20 bits minor
            string handle = fields.GetValueOrDefault("f_handle", "");
            watches.Add(new InotifyWatch(
                (int)Hex(fields, "wd"),
                FileStatus.MakeDevice((uint)(device >> 20), (uint)(device & 0xfffff)),
                Hex(fields, "ino"),
                (uint)Hex(fields, "mask") & Accepted,
                (int)Hex(fields, "fhandle-type"),
                handle.Length % 2 == 0 ? Convert.FromHexString(handle) : []));
        }

        watches.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        return watches;
    }

    public bool Is(FileStatus status) => status.Inode == Inode && status.Device == Device;

    private static ulong Hex(Dictionary<string, string> fields, string name) =>
        ulong.TryParse(fields.GetValueOrDefault(name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : 0;
}
