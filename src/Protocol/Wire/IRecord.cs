using MessagePack;

namespace Interpose.Protocol.Wire;

/// <summary>Something that travels as a MessagePack array of fields in a fixed order.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IRecord<TSelf>
    where TSelf : IRecord<TSelf>
{
    /// <summary>How many fields <see cref="WriteFields"/> writes.</summary>
    int FieldCount { get; }

    /// <summary>Writes the fields, without the array header.</summary>
    void WriteFields(ref MessagePackWriter writer);

    /// <summary>Reads the fields. Fields that follow, from a newer peer, are left to the caller to skip.</summary>
    /// <exception cref="ProtocolException">A field is missing, of another type or out of range.</exception>
    static abstract TSelf ReadFields(ref FieldReader reader);
}
