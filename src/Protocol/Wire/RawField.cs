using MessagePack;

namespace Interpose.Protocol.Wire;

/// <summary>A field that is already encoded.</summary>
public static class RawField
{
    /// <summary>An empty array: no arguments, no payload.</summary>
    public static ReadOnlyMemory<byte> Empty { get; } = new byte[] { 0x90 };

    /// <summary>Writes it as it is; nothing at all counts as <see cref="Empty"/>.</summary>
    public static void Write(ref MessagePackWriter writer, ReadOnlyMemory<byte> encoded) =>
        writer.WriteRaw(encoded.IsEmpty ? Empty.Span : encoded.Span);
}
