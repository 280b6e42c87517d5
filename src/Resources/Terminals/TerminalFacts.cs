using Interpose.Linux;

namespace Interpose.Resources.Terminals;

/// <summary>What an open fd is as a terminal.</summary>
/// <param name="IsMaster">The end of a pseudoterminal that stands for the person (pty(7)).</param>
/// <param name="IsHungUp">The other end is gone for good.</param>
/// <param name="Index">Number of the pseudoterminal, or -1 for another kind of terminal.</param>
/// <param name="Instance">
/// Device of the devpts file system that the slave is in (low 24 bits), for several may have a slave of this number; 0: not
/// known (/dev/tty, or a slave without a name).
/// </param>
/// <param name="Session">The session whose controlling terminal it is; 0: none, or one that cannot be known.</param>
internal sealed record TerminalFacts(bool IsMaster, bool IsHungUp, int Index, int Instance, int Session)
{
    private const long GetDevice = 0x80045432; // TIOCGDEV: the real device, also behind /dev/tty
    private const int FirstSlaveMajor = 136, LastSlaveMajor = 143, AlternateMajor = 5, ConsoleMajor = 4, MasterMinor = 2;
    private const int InstanceMask = 0xffffff;

    /// <summary>The facts; null when it is no terminal.</summary>
    public static TerminalFacts? Of(DescriptorFacts facts)
    {
        if (!facts.Status.IsCharacterDevice || MajorOf(facts.Status.DeviceNumber) is not (AlternateMajor or ConsoleMajor or >= FirstSlaveMajor and <= LastSlaveMajor))
        {
            return null;
        }

        bool master = facts.Status.DeviceNumber == ((AlternateMajor << 8) | MasterMinor);
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        var terminal = new TerminalFile(borrowed.Fd);
        int session = Math.Max(0, terminal.Session);
        if (master)
        {
            int index = terminal.Number(TerminalRequest.GetNumber);
            return new(true, false, index, InstanceOf(SlavePath(facts, index)), session);
        }

        int device = terminal.Number(GetDevice);
        if (device < 0)
        {
            bool slave = MajorOf(facts.Status.DeviceNumber) >= FirstSlaveMajor;
            return new(false, true, slave ? MinorOf(facts.Status.DeviceNumber) : -1, 0, 0);
        }

        bool isSlave = MajorOf((uint)device) is >= FirstSlaveMajor and <= LastSlaveMajor;
        bool byName = MajorOf(facts.Status.DeviceNumber) >= FirstSlaveMajor;
        return new(false, false, isSlave ? MinorOf((uint)device) : -1, byName ? (int)facts.Status.Device & InstanceMask : 0, session);
    }

    /// <summary>Where the slave of a master is (pts(4)).</summary>
    public static string SlavePath(DescriptorFacts master, int index)
    {
        string directory = master.Path.EndsWith("/ptmx", StringComparison.Ordinal) && master.Path != "/dev/ptmx"
            ? master.Path[..^"/ptmx".Length] : "/dev/pts";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{directory}/{index}");
    }

    private static int InstanceOf(string slave) =>
        FileStatus.TryOf(slave, out FileStatus status) < 0 ? 0 : (int)status.Device & InstanceMask;

    private static int MajorOf(ulong device) => (int)(device >> 8) & 0xfff;

    private static int MinorOf(ulong device) => (int)((device & 0xff) | ((device >> 12) & 0xfff00));
}
