using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>What another process published under a key that the receiver published too.</summary>
/// <param name="Kind">The key, see <see cref="PublishedKey"/>.</param>
/// <param name="A">The key.</param>
/// <param name="B">The key.</param>
/// <param name="Pid">Process id of the other process, as it sees itself.</param>
/// <param name="Host">Its host.</param>
/// <param name="Value">What it wanted to be known.</param>
public sealed record FoundKey(byte Kind, ulong A, ulong B, int Pid, string Host, long Value) : IRecord<FoundKey>
{
    /// <inheritdoc/>
    public int FieldCount => 6;

    /// <inheritdoc/>
    public static FoundKey ReadFields(ref FieldReader reader) =>
        new(
            (byte)reader.ReadUInt32("kind", byte.MaxValue),
            reader.ReadUInt64("a"),
            reader.ReadUInt64("b"),
            reader.ReadInt32("pid"),
            reader.ReadString("host"),
            reader.ReadInt64("value"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Kind);
        writer.Write(A);
        writer.Write(B);
        writer.Write(Pid);
        writer.Write(Host);
        writer.Write(Value);
    }
}
