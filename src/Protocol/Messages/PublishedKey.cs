using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>
/// A kernel object that a process holds and others may hold too. Kind, <paramref name="A"/> and <paramref name="B"/>
/// name the object; what they mean is up to the kind, the coordinator only compares them.
/// </summary>
/// <param name="Kind">What kind of object. From <see cref="FirstGlobalKind"/> on names are the same on all hosts.</param>
/// <param name="A">First half of the name.</param>
/// <param name="B">Second half of the name.</param>
/// <param name="Value">What the process wants the others to know, such as its file descriptor.</param>
public sealed record PublishedKey(byte Kind, ulong A, ulong B, long Value) : IRecord<PublishedKey>
{
    /// <summary>Names of kinds below mean something within one host only.</summary>
    public const byte FirstGlobalKind = 128;

    /// <inheritdoc/>
    public int FieldCount => 4;

    /// <inheritdoc/>
    public static PublishedKey ReadFields(ref FieldReader reader) =>
        new(
            (byte)reader.ReadUInt32("kind", byte.MaxValue),
            reader.ReadUInt64("a"),
            reader.ReadUInt64("b"),
            reader.ReadInt64("value"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Kind);
        writer.Write(A);
        writer.Write(B);
        writer.Write(Value);
    }
}
