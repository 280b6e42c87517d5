using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Messages;

/// <summary>A process joins the computation.</summary>
/// <param name="ShimAbi">ABI version of the shim in the process.</param>
/// <param name="Pid">Process id, as the process sees it.</param>
/// <param name="ParentPid">Process id of the parent.</param>
/// <param name="Host">Host name.</param>
/// <param name="Command">Short command name (comm).</param>
/// <param name="Executable">Path of the executable.</param>
/// <param name="UserId">User id.</param>
/// <param name="Restored">True when the process just came out of an image.</param>
/// <param name="Epoch">The image's epoch when restored, otherwise 0.</param>
public sealed record HelloMessage(
    uint ShimAbi,
    int Pid,
    int ParentPid,
    string Host,
    string Command,
    string Executable,
    uint UserId,
    bool Restored,
    ulong Epoch) : IMessage<HelloMessage>
{
    /// <inheritdoc/>
    public static MessageType Type => MessageType.Hello;

    /// <inheritdoc/>
    public int FieldCount => 9;

    /// <inheritdoc/>
    public static HelloMessage ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadUInt32("shimAbi"),
            reader.ReadInt32("pid"),
            reader.ReadInt32("parentPid"),
            reader.ReadString("host"),
            reader.ReadString("command"),
            reader.ReadString("executable"),
            reader.ReadUInt32("userId"),
            reader.ReadBoolean("restored"),
            reader.ReadUInt64("epoch"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(ShimAbi);
        writer.Write(Pid);
        writer.Write(ParentPid);
        writer.Write(Host);
        writer.Write(Command);
        writer.Write(Executable);
        writer.Write(UserId);
        writer.Write(Restored);
        writer.Write(Epoch);
    }
}
