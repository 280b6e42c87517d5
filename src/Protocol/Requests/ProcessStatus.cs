using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>One process in a status report.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="ParentPid">Process id of the parent.</param>
/// <param name="Host">Host name.</param>
/// <param name="Command">Short command name.</param>
/// <param name="Executable">Path of the executable.</param>
/// <param name="UserId">User id.</param>
/// <param name="Phase">The last phase it was told to enter and has not finished.</param>
/// <param name="ConnectedUnixMilliseconds">When it joined.</param>
/// <param name="Restored">Whether it came out of an image.</param>
public sealed record ProcessStatus(
    int Pid,
    int ParentPid,
    string Host,
    string Command,
    string Executable,
    uint UserId,
    Phase Phase,
    long ConnectedUnixMilliseconds,
    bool Restored) : IRecord<ProcessStatus>
{
    /// <inheritdoc/>
    public int FieldCount => 9;

    /// <inheritdoc/>
    public static ProcessStatus ReadFields(ref FieldReader reader) =>
        new(
            reader.ReadInt32("pid"),
            reader.ReadInt32("parentPid"),
            reader.ReadString("host"),
            reader.ReadString("command"),
            reader.ReadString("executable"),
            reader.ReadUInt32("userId"),
            reader.ReadPhase("phase"),
            reader.ReadInt64("connectedUnixMilliseconds"),
            reader.ReadBoolean("restored"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Pid);
        writer.Write(ParentPid);
        writer.Write(Host);
        writer.Write(Command);
        writer.Write(Executable);
        writer.Write(UserId);
        writer.Write((int)Phase);
        writer.Write(ConnectedUnixMilliseconds);
        writer.Write(Restored);
    }
}
