using System.Globalization;

namespace Interpose.Resources.Sockets;

/// <summary>
/// What a TCP connection is beyond its addresses, as TCP_REPAIR gives and takes it (include/uapi/linux/tcp.h; the kernel
/// has it for checkpoints, since Linux 3.5).
/// </summary>
/// <param name="SendSequence">Number of the byte that is sent next.</param>
/// <param name="ReceiveSequence">Number of the byte that is expected next.</param>
/// <param name="SegmentSize">The largest segment that the peer takes (mss_clamp).</param>
/// <param name="Options">TCPI_OPT_*: 1 timestamps, 2 selective acknowledgements, 4 window scaling.</param>
/// <param name="Scales">Shifts of the windows: of the peer's in the lower four bits, of the own in the upper.</param>
/// <param name="Timestamp">The own clock of timestamps.</param>
/// <param name="NeverSent">How much at the end of the send queue was not sent yet, bytes.</param>
/// <param name="Window">struct tcp_repair_window.</param>
/// <param name="SendQueue">What was sent and not acknowledged, or not sent.</param>
internal sealed record TcpState(
    uint SendSequence, uint ReceiveSequence, int SegmentSize, int Options, int Scales, uint Timestamp, int NeverSent, byte[] Window,
    byte[] SendQueue)
{
    /// <summary>Longest <see cref="SendQueue"/> that is kept, bytes: it travels as text.</summary>
    public const int LongestQueue = 64 << 10;

    private const int Parts = 9;

    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{SendSequence},{ReceiveSequence},{SegmentSize},{Options},{Scales},{Timestamp},{NeverSent},{Convert.ToHexString(Window)},{Convert.ToHexString(SendQueue)}");

    /// <summary>Null: the checkpoint did not keep it.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static TcpState? Parse(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        string[] parts = text.Split(',');
        CultureInfo culture = CultureInfo.InvariantCulture;
        return parts.Length != Parts
            ? throw new FormatException("the state of a TCP connection is incomplete")
            : new TcpState(
                uint.Parse(parts[0], culture), uint.Parse(parts[1], culture), int.Parse(parts[2], culture), int.Parse(parts[3], culture),
                int.Parse(parts[4], culture), uint.Parse(parts[5], culture), int.Parse(parts[6], culture),
                Convert.FromHexString(parts[7]), Convert.FromHexString(parts[8]));
    }
}
