using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>A process of the computation, found on a host by looking at all processes.</summary>
/// <param name="Pid">Process id, as the process that looked sees it.</param>
/// <param name="ParentPid">Process id of the parent.</param>
/// <param name="Command">Short command name (comm).</param>
/// <param name="Kind">What can be done about it.</param>
/// <param name="Remark">For a person: why it cannot be entered, or what keeps it from joining; may be empty.</param>
public sealed record CensusEntry(int Pid, int ParentPid, string Command, CensusKind Kind, string Remark = "")
    : IRecord<CensusEntry>
{
    /// <inheritdoc/>
    public int FieldCount => 5;

    /// <inheritdoc/>
    public static CensusEntry ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadInt32("pid"),
            reader.ReadInt32("parentPid"),
            reader.ReadString("command"),
            (CensusKind)reader.ReadInt32("kind", (int)CensusKind.Unmanaged),
            reader.ReadString("remark"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Pid);
        writer.Write(ParentPid);
        writer.Write(Command);
        writer.Write((int)Kind);
        writer.Write(Remark);
    }
}
