using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>A process that a restart brings back.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="Host">Host name at the time of the checkpoint.</param>
/// <param name="Command">Short command name.</param>
public sealed record ExpectedProcess(int Pid, string Host, string Command) : IRecord<ExpectedProcess>
{
    /// <inheritdoc/>
    public int FieldCount => 3;

    /// <inheritdoc/>
    public static ExpectedProcess ReadFields(ref FieldReader reader) =>
        new(reader.ReadInt32("pid"), reader.ReadString("host"), reader.ReadString("command"));

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Pid);
        writer.Write(Host);
        writer.Write(Command);
    }
}
