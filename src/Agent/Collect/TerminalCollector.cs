using System.Globalization;
using Interpose.Agent.Abi;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>The controlling terminal of this process (tty(4): /dev/tty).</summary>
internal static unsafe class TerminalCollector
{
    private const int DeviceField = 4; // tty_nr, counted behind the command

    public static ControllingTerminal Collect(NativeState* state)
    {
        List<ScreenMode> modes = ScreenModes.Collect(state);
        string stat = Sys.ReadText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        ulong device = (uint)int.Parse(fields[DeviceField], CultureInfo.InvariantCulture);
        if (device == 0)
        {
            return new ControllingTerminal { ScreenModes = modes };
        }

        // Not waiting: a serial line would want its carrier first.
        const int flags = OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal | OpenFlags.CloseOnExec;
        long fd = Sys.TryOpen("/dev/tty", flags);
        if (fd < 0)
        {
            return new ControllingTerminal { Device = device, ScreenModes = modes };
        }

        var terminal = new TerminalFile((int)fd);
        var result = new ControllingTerminal
        {
            Device = device,
            Foreground = Math.Max(0, terminal.Foreground),
            Settings = terminal.Settings,
            WindowSize = terminal.WindowSize,
            ScreenModes = modes,
        };
        Sys.Close((int)fd);
        return result;
    }
}
