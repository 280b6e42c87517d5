namespace Interpose.Resources.Sockets;

/// <summary>Families of sockets that cannot be restored, by name (socket(2)).</summary>
internal static class SocketFamily
{
    private static readonly Dictionary<int, string> s_names = new()
    {
        [3] = "AX.25 (amateur radio)",
        [17] = "packet (network monitoring)",
        [21] = "RDS",
        [29] = "CAN bus",
        [30] = "TIPC",
        [31] = "Bluetooth",
        [38] = "kernel cryptography (AF_ALG)",
        [40] = "virtual machine (AF_VSOCK)",
        [43] = "SMC",
        [44] = "XDP",
    };

    private const int Sctp = 132; // IPPROTO_SCTP, sctp(7)

    /// <exception cref="UnsupportedResourceException">It is of such a family.</exception>
    public static void Require(DescriptorFacts facts, SocketFacts socket)
    {
        if (socket.Domain != SocketAddress.Unix && socket.Domain != SocketAddress.Netlink && !socket.IsInternet)
        {
            string name = s_names.TryGetValue(socket.Domain, out string? known) ? $"a {known} socket" : $"a socket of family {socket.Domain}";
            throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target}, {name}, which cannot be checkpointed; let the program close it, then try again");
        }

        if (socket.IsInternet && socket.Protocol == Sctp)
        {
            throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target}, an SCTP socket, which cannot be checkpointed; let the program close it, then try again");
        }
    }
}
