using MessagePack;

namespace Interpose.Protocol.Wire;

/// <summary>A list of records that were encoded before, for many messages that have most of them in common.</summary>
/// <param name="Count">How many records.</param>
/// <param name="Pieces">Their bytes, one behind the other.</param>
public sealed record EncodedList(int Count, IReadOnlyList<ReadOnlyMemory<byte>> Pieces)
{
    /// <summary>Writes it as a list of records is written.</summary>
    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(Count);
        foreach (ReadOnlyMemory<byte> piece in Pieces)
        {
            writer.WriteRaw(piece.Span);
        }
    }
}
