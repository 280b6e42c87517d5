using Interpose.Linux;

namespace Interpose.Resources.Terminals;

/// <summary>
/// What is unread in a pseudoterminal, in both directions. The kernel lets nobody look at it without reading it (n_tty), so
/// that it is taken out while everything stands still, and put back: after a checkpoint, and after a restart into the new
/// terminal.
/// </summary>
internal sealed class TerminalContent
{
    private readonly List<byte[]> _lines = [];
    private byte[] _input = [];
    private byte[] _output = [];

    private TerminalContent()
    {
    }

    private bool IsEmpty => _lines.Count == 0 && _input.Length == 0 && _output.Length == 0;

    /// <param name="master">The master's fd in the caller's table.</param>
    /// <param name="hasSlave">
    /// The slave is open, or was once. Otherwise it must stay as it is: the first one to open and close it would leave the
    /// master a hangup.
    /// </param>
    public static TerminalContent Take(int master, bool hasSlave, string name)
    {
        using var signals = new HeldSignals();
        var terminal = new TerminalFile(master);
        var content = new TerminalContent { _output = TakeOutput(terminal, terminal.Number(TerminalRequest.GetPacketMode) == 1) };
        if (!hasSlave)
        {
            return content;
        }

        using var slave = new TerminalPeer(terminal, name);
        var settings = new TerminalSettings(terminal.Settings);
        if (settings.IsCanonical)
        {
            while (slave.TryRead() is { } line)
            {
                content._lines.Add(line);
            }

            // Half a line is read when there are no lines.
            terminal.Set(settings.WithoutLines());
        }

        content._input = slave.ReadAll();
        if (settings.IsCanonical)
        {
            terminal.Set(settings.Bytes);
        }

        return content;
    }

    /// <summary>Puts everything back.</summary>
    /// <param name="master">The master's fd in the caller's table.</param>
    public void PutBack(int master, string name)
    {
        if (IsEmpty)
        {
            return;
        }

        using var signals = new HeldSignals();
        var terminal = new TerminalFile(master);
        bool packets = terminal.Number(TerminalRequest.GetPacketMode) == 1;
        if (packets)
        {
            // Or the changes of settings would be reported.
            terminal.Set(TerminalRequest.SetPacketMode, 0);
        }

        var settings = new TerminalSettings(terminal.Settings);
        using (var slave = new TerminalPeer(terminal, name))
        {
            foreach (byte[] line in _lines)
            {
                PutLine(terminal, slave, settings, line);
            }

            if (_input.Length > 0 && settings.IsCanonical)
            {
                terminal.Set(settings.Lines(0));
                slave.WriteFromMaster(_input);
                slave.DiscardEcho(_input.Length);
            }

            terminal.Set(settings.IsCanonical ? settings.Lines(0) : settings.Raw());
            if (_input.Length > 0 && !settings.IsCanonical)
            {
                slave.WriteFromMaster(_input);
                slave.AwaitUnread(_input.Length);
            }

            slave.Write(_output);
            terminal.Set(settings.Bytes);
        }

        if (packets)
        {
            terminal.Set(TerminalRequest.SetPacketMode, 1);
        }
    }

    private static void PutLine(TerminalFile terminal, TerminalPeer slave, TerminalSettings settings, byte[] line)
    {
        byte end = 0;
        if (!settings.IsTerminated(line))
        {
            // It was ended by the end-of-file character, which is not part of it: any that is not in it will do.
            for (end = 4; line.Contains(end);)
            {
                end++;
            }
        }

        terminal.Set(settings.Lines(end));
        slave.WriteFromMaster(end == 0 ? line : [.. line, end]);
        slave.DiscardEcho(line.Length);
    }

    private static byte[] TakeOutput(TerminalFile master, bool packets)
    {
        var output = new List<byte>();
        byte[] buffer = new byte[8192];
        while (TerminalPeer.IsReadable(master.Fd))
        {
            long n = Sys.TryRead(master.Fd, buffer);
            if (n <= 0)
            {
                break;
            }

            // In packet mode each read begins with a byte: 0, or a report that stands alone (ioctl_tty(2), TIOCPKT).
            output.AddRange(packets ? buffer.AsSpan(1, buffer[0] == 0 ? (int)n - 1 : 0) : buffer.AsSpan(0, (int)n));
        }

        return [.. output];
    }
}
