using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Protocol.Requests;

/// <summary>One host of a restart, and where the connections of its processes are accepted.</summary>
/// <param name="Host">Name of the host at the time of the checkpoint.</param>
/// <param name="Addresses">ADDRESS:PORT, the best first.</param>
public sealed record RestartPart(string Host, IReadOnlyList<string> Addresses) : IRecord<RestartPart>
{
    /// <summary>More than any host has.</summary>
    public const int MaxAddresses = 256;

    /// <inheritdoc/>
    public int FieldCount => 2;

    /// <inheritdoc/>
    public static RestartPart ReadFields(ref FieldReader reader)
    {
        string host = reader.ReadString("host");
        string addresses = reader.ReadString("addresses");
        return new(host, [.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(MaxAddresses)]);
    }

    /// <inheritdoc/>
    public void WriteFields(ref MessagePackWriter writer)
    {
        writer.Write(Host);
        writer.Write(string.Join(' ', Addresses));
    }
}
