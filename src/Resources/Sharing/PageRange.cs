namespace Interpose.Resources.Sharing;

/// <summary>A part of an object in pages of 4 KiB, packed into the value of a <see cref="SharedEntry"/>.</summary>
public readonly record struct PageRange(uint Start, uint Count)
{
    private const int PageShift = 12;

    /// <summary>All there is, whatever its size.</summary>
    public static PageRange Everything { get; } = new(0, uint.MaxValue);

    public static PageRange Of(ulong offset, ulong length) =>
        new((uint)Math.Min(offset >> PageShift, uint.MaxValue), (uint)Math.Min((length + 4095) >> PageShift, uint.MaxValue));

    public static PageRange FromValue(long value) => new((uint)((ulong)value >> 32), (uint)value);

    public ulong Offset => (ulong)Start << PageShift;

    public ulong End => Offset + ((ulong)Count << PageShift);

    public long ToValue() => (long)((ulong)Start << 32 | Count);
}
