using System.Net;
using System.Net.Sockets;
using Interpose.Images.Metadata;

namespace Interpose.Resources.Sockets;

/// <summary>Addresses of a host that the sockets of its processes had at the checkpoint.</summary>
public static class FormerAddresses
{
    /// <summary>IPv4 addresses in use, without loopback.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<ProcessMetadata> processes) =>
    [
        .. processes.SelectMany(p => p.Files.Descriptions).Where(f => f.Kind == OpenFileKind.Socket && f.OwnerPid == 0)
            .Select(f => new SocketRecord(f)).Where(s => s.IsInternet && s.Local.IsBound)
            .Select(s => s.Local.Host).Where(a => a is { AddressFamily: AddressFamily.InterNetwork } && !IPAddress.IsLoopback(a) && !a.Equals(IPAddress.Any))
            .Select(a => a!.ToString()).Distinct(StringComparer.Ordinal),
    ];
}
