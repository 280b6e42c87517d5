using System.Buffers;
using System.Text;
using Interpose.Protocol;
using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Agent;

/// <summary>
/// The frame by which the twin reports a finished image: PhaseDone(Write), with numbers of fixed width that native code
/// fills in before it seals the frame. The twin sends it itself, so that it arrives even when the process has ended by then.
/// </summary>
internal sealed class NotifyFrame
{
    private const int Fields = 9;
    private const int NumberPrefix = 1; // the byte in front of a 64-bit number

    /// <param name="number">Its number among the reports of this connection.</param>
    /// <param name="epoch">Number of the checkpoint.</param>
    /// <param name="imagePath">The image.</param>
    public NotifyFrame(ulong number, ulong epoch, string imagePath)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(Fields);
        writer.Write((int)MessageType.PhaseDone);
        writer.Write(epoch);
        writer.Write((int)Phase.Write);
        writer.WriteString(Encoding.UTF8.GetBytes(imagePath));
        BytesAt = Number(ref writer, buffer);
        PagesAt = Number(ref writer, buffer);
        RawAt = Number(ref writer, buffer);
        PauseAt = Number(ref writer, buffer);
        CrcAt = Number(ref writer, buffer);
        Bytes = SealedFrame.Unsealed(SealedFrame.Report | number, buffer.WrittenSpan);
    }

    public byte[] Bytes { get; }

    public ulong BytesAt { get; }

    public ulong PagesAt { get; }

    public ulong RawAt { get; }

    public ulong PauseAt { get; }

    public ulong CrcAt { get; }

    private static ulong Number(ref MessagePackWriter writer, ArrayBufferWriter<byte> buffer)
    {
        writer.Flush();
        int at = SealedFrame.PayloadAt + buffer.WrittenCount + NumberPrefix;
        writer.WriteUInt64(0);
        writer.Flush();
        return (ulong)at;
    }
}
