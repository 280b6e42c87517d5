using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Resources.Sharing;
using Interpose.Resources.Sockets;

namespace Interpose.Resources.Kinds;

/// <summary>
/// All sockets. A connection with both ends in the computation is made anew with what was unread; one to the outside
/// comes back closed by its peer; what listens or is not connected is bound again.
/// </summary>
public sealed class SocketModule : ResourceModule
{
    private const int Stream = 1;
    private const int PeekNow = 0x42; // MSG_PEEK | MSG_DONTWAIT
    private const int CloseWait = 8;  // TCP_CLOSE_WAIT, net/tcp_states.h

    public override OpenFileKind Kind => OpenFileKind.Socket;

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsSocket;

    /// <summary>
    /// What listens comes behind the connections: their addresses are in use by both. What only knows where it sends
    /// to comes last.
    /// </summary>
    public override int Order(OpenFileDescription file)
    {
        var socket = new SocketRecord(file);
        return socket.IsAddressed ? 2 : socket.IsConnected ? 0 : 1;
    }

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        SocketFacts socket = facts.Socket!;
        if (socket.Domain != SocketAddress.Unix && !socket.IsInternet)
        {
            throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target}, a socket of family {socket.Domain}, which cannot be "
                + "checkpointed yet; let the program close it, then try again");
        }

        TcpEnd? other = socket is { IsTcp: true, IsConnected: true } ? OtherEnd(facts, context) : null;
        bool unixInside = IsInside(facts.UnixPeer, context);
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["domain"] = Text(socket.Domain),
            ["type"] = Text(socket.Type),
            ["protocol"] = Text(socket.Protocol),
            ["listening"] = socket.IsListening ? "1" : "0",
            ["connected"] = socket.IsConnected ? "1" : "0",
            ["backlog"] = Text((int)Math.Max(facts.UnixPeer.Backlog, 128)),
            ["peer"] = unixInside ? facts.UnixPeer.Peer.ToString(CultureInfo.InvariantCulture) : "0",
            ["address"] = Convert.ToHexString(socket.Local.Bytes),
            ["peer-address"] = Convert.ToHexString(socket.Peer.Bytes),
            ["inside"] = other is null ? "0" : "1",
            ["peer-domain"] = Text(other is { IsVersion6: true } ? SocketAddress.Internet6 : SocketAddress.Internet),
            ["state"] = Text(socket.TcpState),
            ["shutdown"] = Text(facts.UnixPeer.Shutdown),
        };
        if (socket.Local.Path is { } path && FileStatus.TryOf(path, out FileStatus status) >= 0 && status.IsSocket)
        {
            extra["mode"] = Text((int)status.Mode & 0xfff);
        }

        RequireAccepted(facts, socket);
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        extra["options"] = SocketOptions.Read(borrowed.Fd, socket.Domain, socket.Type);
        if (other is not null)
        {
            RequireDelivered(facts, borrowed);
        }

        byte[] unread = socket.IsListening || (socket.IsInternet && !socket.IsConnected) ? [] : Unread(facts, borrowed, socket, extra);
        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: unread);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        var socket = new SocketRecord(file);
        int slot = socket.IsConnected && socket.IsTcp ? Connection(file, socket, context)
            : socket.IsConnected && !socket.IsInternet && !socket.IsAddressed ? UnixConnection(file, socket, context)
            : Unconnected(file, socket, context);
        context.SetFlags(slot, file);
        return slot;
    }

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        var socket = new SocketRecord(file);
        if (isOwner && socket.IsInternet)
        {
            SocketOptions.SetReuse(socket.Options, fd, context.Program);
        }
    }

    internal static bool HasOtherEndInside(DescriptorFacts facts, DiscoveryContext context) =>
        IsInside(facts.UnixPeer, context) || (facts.Socket is { IsTcp: true, IsConnected: true } && OtherEnd(facts, context) is not null);

    private static bool IsInside(UnixPeer peer, DiscoveryContext context) => peer.Peer != 0
        && (context.All.Any(o => o.Status.IsSocket && o.Status.Inode == peer.Peer)
            || context.Peers.Of(SharedInventory.UnixKey(peer.Peer)).Any(p => p.Value >= 0));

    private static TcpEnd? OtherEnd(DescriptorFacts facts, DiscoveryContext context)
    {
        SharedKey key = SharedInventory.TcpKey(facts.Socket!);
        TcpEnd own = TcpEnd.Of(facts.Fd, facts.Socket!);
        IEnumerable<TcpEnd> ends = context.All
            .Where(o => o.Status.IsSocket && o.Socket is { IsTcp: true, IsConnected: true } s && SharedInventory.TcpKey(s) == key)
            .Select(o => TcpEnd.Of(o.Fd, o.Socket!))
            .Concat(context.Peers.Of(key).Select(p => TcpEnd.FromValue(p.Value)));
        return ends.Where(e => e.IsLower != own.IsLower).Select(e => (TcpEnd?)e).FirstOrDefault();
    }

    private static int Connection(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        if (socket.IsInside)
        {
            return TcpPair.Recreate(file, socket, context);
        }

        if (socket.TcpState != CloseWait)
        {
            context.Warn($"the connection of {socket.Local} with {socket.Peer}, outside, is not restored: the program finds it closed");
        }

        return TcpPair.Dead(file, socket, context, reset: socket.TcpState != CloseWait);
    }

    private static int UnixConnection(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        const int everything = 3;
        if (socket.UnixPeer == "0" && socket.Shutdown != everything && !context.Shared.ContainsKey($"socket:{file.Inode}"))
        {
            context.Warn($"{file.Path} was connected to a process outside; the program finds the connection closed");
        }

        return UnixPair.Recreate(file, socket, context);
    }

    private static int Unconnected(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        int slot = program.Syscall(
            $"create {file.Path}", SyscallNumber.Socket, [socket.Domain, socket.Type | OpenFlags.CloseOnExec, socket.Protocol], keep: true);
        SocketAddress local = socket.Local;
        SocketOptions.Set(socket.Options, slot, program, reuse: local.IsBound && socket.IsInternet);
        if (local.IsBound)
        {
            if (local.Path is { } path)
            {
                // What is left of the old socket; nobody can be listening on it.
                program.Syscall($"remove {path}", SyscallNumber.Unlink, [program.Text(path)], Expectation.Any);
            }

            program.Syscall($"bind {file.Path} to {local}", SyscallNumber.Bind, [Argument.Slot(slot), program.Data(local.Bytes), local.Bytes.Length]);
            if (local.Path is not null && socket.PathMode != 0)
            {
                program.Syscall($"permissions of {local}", SyscallNumber.Chmod, [program.Text(local.Path), socket.PathMode], Expectation.Warn);
            }

            if (socket.IsListening)
            {
                program.Syscall($"listen on {local}", SyscallNumber.Listen, [Argument.Slot(slot), socket.Backlog]);
            }

            SocketOptions.Set(socket.Options, slot, program, reuse: false);
        }

        if (file.Payload.Length > 0 && local.IsBound)
        {
            SocketRefill.ByName(file, local, program);
        }

        if (socket.IsConnected)
        {
            program.Syscall(
                $"connect to {socket.Peer}", SyscallNumber.Connect,
                [Argument.Slot(slot), program.Data(socket.Peer.Bytes), socket.Peer.Bytes.Length], Expectation.Warn);
        }

        return slot;
    }

    /// <summary>What was sent over a connection that nobody has accepted yet cannot be seen, and would be lost.</summary>
    private static void RequireAccepted(DescriptorFacts facts, SocketFacts socket)
    {
        uint waiting = socket.IsTcp ? socket.Waiting : facts.UnixPeer.Waiting;
        if (socket.IsListening && waiting > 0)
        {
            throw new TransientResourceException(
                $"fd {facts.Fd} is {facts.Target}, listening on {socket.Local}, where {waiting} connections wait to be accepted, "
                + "which cannot be checkpointed; try again when the program has accepted them");
        }
    }

    /// <summary>
    /// On its way between two sockets of the computation is only what the receiver has no room for, for acknowledgements
    /// need no process to run.
    /// </summary>
    private static void RequireDelivered(DescriptorFacts facts, BorrowedDescriptor borrowed)
    {
        const int patience = 100;
        for (int i = 0; SocketFacts.Unsent(borrowed.Fd) > 0; i++)
        {
            if (i == patience)
            {
                throw new TransientResourceException(
                    $"fd {facts.Fd} is {facts.Target}, a TCP connection with more in flight than its receiver has room for, "
                    + "which cannot be checkpointed yet; try again when the receiver has read");
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Bytes that have arrived and were not read, left where they are.</summary>
    private static unsafe byte[] Unread(
        DescriptorFacts facts, BorrowedDescriptor borrowed, SocketFacts socket, Dictionary<string, string> extra)
    {
        int waiting = SocketFacts.Unread(borrowed.Fd);
        if (waiting <= 0 || (socket.IsInternet && socket.Type != Stream))
        {
            // Internet datagrams may be lost at any time, and are.
            return [];
        }

        if (socket.Type != Stream)
        {
            UnreadMessages messages = UnreadMessages.Peek(facts, borrowed.Fd);
            extra[SocketRefill.Lengths] = string.Join(',', messages.Lengths);
            return messages.Bytes;
        }

        byte[] bytes = new byte[waiting];
        fixed (byte* p = bytes)
        {
            long n = Sys.Try(SyscallNumber.Recvfrom, (ulong)borrowed.Fd, (ulong)p, (ulong)waiting, PeekNow);
            return n == waiting
                ? bytes
                : throw new UnsupportedResourceException($"fd {facts.Fd}: only {n} of {waiting} unread bytes of {facts.Target} can be seen");
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
