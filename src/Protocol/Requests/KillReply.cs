using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>Answer to the kill request.</summary>
/// <param name="Signalled">How many processes were told to end.</param>
/// <param name="Remaining">How many had not ended when the answer was sent.</param>
public sealed record KillReply(int Signalled, int Remaining) : IRecord<KillReply>
{
    /// <inheritdoc/>
    public int FieldCount => 2;

    /// <inheritdoc/>
    public static KillReply ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadInt32("signalled"),
            reader.ReadInt32("remaining"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Signalled);
        writer.Write(Remaining);
    }
}
