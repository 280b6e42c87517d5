using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Resources.Sharing;

namespace Interpose.Resources.Sockets;

/// <summary>
/// A connection of the computation that the other side, also in the computation, has not accepted yet. Its far end has no
/// fd, and the kernel gives nobody what is in it; nor could anybody put it back, once accepted. So it stays where it is, and a restart connects
/// again, in the same order, while nobody accepts: the kernel makes the queue. A client that has sent something already
/// must wait until it is accepted.
/// </summary>
internal static class QueuedConnection
{
    /// <summary>The place in the queue, as a number that grows; null: it is no such connection.</summary>
    /// <exception cref="TransientResourceException">It has sent data.</exception>
    public static int? Place(DescriptorFacts facts, BorrowedDescriptor borrowed, DiscoveryContext context)
    {
        if (facts.Abandoned is { } abandoned)
        {
            return abandoned.Place;
        }

        SocketFacts socket = facts.Socket!;
        long unread;
        int place;
        if (facts.UnixQueue is { } queue)
        {
            if (!IsInside(SharedInventory.UnixKey(queue.Listener), context, o => o.Status.Inode == queue.Listener))
            {
                return null;
            }

            // For a unix socket: what was sent and not read (unix(7)).
            unread = SocketFacts.Unsent(borrowed.Fd);
            place = queue.Position;
        }
        else if (facts.OtherEnd is { IsQueued: true } other)
        {
            int port = socket.Peer.Port;
            if (!IsInside(SharedInventory.ListenerKey(port), context, o => o.Socket is { IsTcp: true, IsListening: true } s && s.Local.Port == port))
            {
                return null;
            }

            unread = other.UnreadBytes;

            place = TcpPlaces.Of(facts);
        }
        else if (socket is { IsTcp: true, IsConnected: true } && facts.OtherEnd is null
            && context.Peers.Of(SharedInventory.TcpKey(socket)).Any(p => TcpEnd.FromValue(p.Value).IsQueued))
        {
            throw new TransientResourceException(
                $"fd {facts.Fd} of pid {context.Pid} is {facts.Target}, a connection to {socket.Peer} on another host that waits to be "
                + "accepted; try again when the other side has accepted it");
        }
        else
        {
            return null;
        }

        return unread == 0
            ? place
            : throw new TransientResourceException(
                $"fd {facts.Fd} of pid {context.Pid} is {facts.Target}, a connection to {socket.Peer} that waits to be accepted and has sent "
                + $"{unread} bytes already, which nobody can see before; try again when the other side has accepted it");
    }

    /// <summary>Clients of the computation that wait for a socket to accept them.</summary>
    public static int CountClients(DescriptorFacts facts, DiscoveryContext context)
    {
        // Who waits has asked for the one who listens: that is what the others published with -1.
        SocketFacts socket = facts.Socket!;
        SharedKey key = socket.IsTcp ? SharedInventory.ListenerKey(socket.Local.Port) : SharedInventory.UnixKey(facts.Status.Inode);
        int own = context.All.Count(o => socket.IsTcp
            ? o.OtherEnd is { IsQueued: true } && o.Socket!.Peer.Port == socket.Local.Port
            : o.UnixQueue is { } queue && queue.Listener == facts.Status.Inode);
        return facts.AbandonedClients + own + context.Peers.Of(key).Count(p => p.Value < 0);
    }

    /// <summary>Connects again, when all that listens does.</summary>
    public static int Recreate(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        SocketAddress peer = socket.Peer;
        if (socket.IsTcp)
        {
            int tcp = TcpPair.ConnectClient(socket.Local, socket.Domain, program.Data(peer.Bytes), peer.Bytes.Length, $"connection of {socket.Local} with {peer}", program);
            TcpPair.Shut(tcp, socket.TcpState, program);
            return tcp;
        }

        int slot = program.Syscall(
            $"socket for {file.Path}", SyscallNumber.Socket, [socket.Domain, socket.Type | OpenFlags.CloseOnExec, 0], keep: true);
        SocketRefill.LimitTime(slot, program);
        ProcessCredentials own = context.Process.Credentials;
        new PeerCredentials(context.Process.Identity.Pid, own.EffectiveUid, own.EffectiveGid).Do($"connect to {peer}", context, () => program.Syscall(
            $"connect {file.Path} to {peer}", SyscallNumber.Connect, [Argument.Slot(slot), program.Data(peer.Bytes), peer.Bytes.Length]));
        UnixPair.Shut(slot, socket.Shutdown, program);
        return slot;
    }

    private static bool IsInside(SharedKey key, DiscoveryContext context, Func<DescriptorFacts, bool> isListener) =>
        context.All.Any(o => o.Status.IsSocket && isListener(o)) || context.Peers.Of(key).Any(p => p.Value >= 0);
}
