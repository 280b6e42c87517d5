using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Sockets;

namespace Interpose.Resources.Outside;

/// <summary>A TCP connection to the outside that a checkpoint has kept so that it can go on.</summary>
public static class KeptConnection
{
    internal const string Key = "tcp-state", WhyNot = "tcp-state-not";
    private const int Established = 1;

    /// <summary>At a checkpoint that ends the program and is told to keep connections.</summary>
    internal static void Describe(
        DescriptorFacts facts, BorrowedDescriptor borrowed, SocketFacts socket, DiscoveryContext context, Dictionary<string, string> extra)
    {
        if (socket.TcpState != Established)
        {
            extra[WhyNot] = "one of its directions had been shut down";
            return;
        }

        TcpState? state = TcpRepair.Take(borrowed.Fd, out string why);
        if (state is null)
        {
            extra[WhyNot] = why;
            return;
        }

        extra[Key] = state.ToText();
        int fd = facts.Fd;
        context.PutBack.Add(() =>
        {
            using var again = new BorrowedDescriptor(fd);
            TcpRepair.Release(again.Fd);
        });
    }

    /// <summary>The connection in a new socket.</summary>
    /// <returns>The socket; -1: the checkpoint did not keep it, and <paramref name="why"/> says why.</returns>
    /// <exception cref="SyscallException">It is not to be had here.</exception>
    public static int Restore(OpenFileDescription file, out string why)
    {
        why = file.Extra.GetValueOrDefault(WhyNot, "the checkpoint was not made by 'interpose checkpoint --stop --keep-connections'");
        if (TcpState.Parse(file.Extra.GetValueOrDefault(Key, "")) is not { } state)
        {
            return -1;
        }

        var socket = new SocketRecord(file);
        return TcpRepair.Restore(state, socket.Domain, socket.Local.Bytes, socket.Peer.Bytes, file.Payload);
    }
}
