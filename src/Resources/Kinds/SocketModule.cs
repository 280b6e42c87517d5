using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Outside;
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
    private const int FirstPlace = 3;
    private const int CloseWait = 8;  // TCP_CLOSE_WAIT, net/tcp_states.h

    public override OpenFileKind Kind => OpenFileKind.Socket;

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsSocket;

    /// <summary>
    /// What listens comes behind the connections: their addresses are in use by both. What only knows where it sends
    /// to comes then, and last who waits to be accepted, in their order.
    /// </summary>
    public override int Order(OpenFileDescription file)
    {
        var socket = new SocketRecord(file);
        // Sockets whose names lead elsewhere come before the one that has the name now.
        return socket.Place > 0 ? FirstPlace + socket.Place : socket.IsNameRemoved ? 0 : socket.IsAddressed ? 2 : socket.IsConnected ? 0 : 1;
    }

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        SocketFacts socket = facts.Socket!;
        SocketFamily.Require(facts, socket);

        using var borrowed = new BorrowedDescriptor(facts.Fd);
        int? place = QueuedConnection.Place(facts, borrowed, context);
        TcpEnd? other = socket is { IsTcp: true, IsConnected: true } ? OtherEnd(facts, context) : null;
        bool unixInside = IsInside(facts.UnixPeer, context);
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["domain"] = Text(socket.Domain),
            ["type"] = Text(socket.Type),
            ["protocol"] = Text(socket.Protocol),
            ["listening"] = socket.IsListening ? "1" : "0",
            ["connected"] = socket.IsConnected ? "1" : "0",
            ["backlog"] = Text((int)(socket.IsTcp ? socket.Backlog : facts.UnixPeer.Backlog)),
            ["waiting"] = Text(socket.IsListening ? (int)(socket.IsTcp ? socket.Waiting : facts.UnixPeer.Waiting) : 0),
            ["known"] = Text(socket.IsListening ? QueuedConnection.CountClients(facts, context) : 0),
            ["queued"] = Text(place is { } p ? p + 1 : 0),
            ["peer"] = unixInside ? facts.UnixPeer.Peer.ToString(CultureInfo.InvariantCulture) : "0",
            ["address"] = Convert.ToHexString(socket.Local.Bytes),
            ["peer-address"] = Convert.ToHexString((facts.Abandoned?.Listener ?? socket.Peer).Bytes),
            ["inside"] = other is null ? "0" : "1",
            ["peer-host"] = other is null ? "" : OtherHost(facts, context),
            ["peer-domain"] = Text(other is { IsVersion6: true } ? SocketAddress.Internet6 : SocketAddress.Internet),
            ["server"] = facts.IsServer is { } isServer ? isServer ? "1" : "0" : "",
            ["state"] = Text(socket.TcpState),
            ["shutdown"] = Text(facts.Abandoned is null ? facts.UnixPeer.Shutdown : 0), // until the client closes it again
        };
        if (socket.Local.Path is { } path)
        {
            bool isThere = UnixName.IsThere(path, facts.UnixPeer, out FileStatus status);
            extra["mode"] = Text(isThere ? (int)status.Mode & 0xfff : 0);
            extra["removed"] = isThere ? "0" : "1";
        }

        if (facts.Connecting is { } target)
        {
            extra["connecting"] = Convert.ToHexString(target.Bytes);
        }

        SocketFilter.Describe(facts, borrowed.Fd, extra);
        if (socket.IsTcp && SocketOptions.HasUpperProtocol(borrowed.Fd))
        {
            throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target}, a TCP connection that the kernel encrypts (TCP_ULP), which cannot be checkpointed; "
                + "let the program close it, then try again");
        }

        if (socket is { Domain: SocketAddress.Netlink })
        {
            extra["groups"] = NetlinkGroups.Read(borrowed.Fd);
        }
        else if (socket is { IsInternet: true, IsTcp: false })
        {
            extra["groups"] = MulticastGroups.Read(borrowed.Fd, socket.Domain);
        }

        if (socket.Domain == SocketAddress.Unix && PeerCredentials.Of(borrowed.Fd) is { IsUnknown: false } credentials)
        {
            extra["peer-credentials"] = credentials.ToString();
        }

        SignalOwner.Describe(borrowed.Fd, facts.Flags, extra);
        extra["options"] = SocketOptions.Read(borrowed.Fd, socket.Domain, socket.Type);
        if (facts.IsCutOff || (facts.IsUndelivered && other is not null))
        {
            throw new TransientResourceException(
                $"fd {facts.Fd} is {facts.Target}, a TCP connection with more in flight than its receiver can have room for "
                + "(net.ipv4.tcp_rmem), which cannot be checkpointed; try again when the receiver has read");
        }

        if (context.KeepConnections && socket is { IsTcp: true, IsConnected: true } && other is null && place is null)
        {
            KeptConnection.Describe(facts, borrowed, socket, context, extra);
        }

        byte[] unread = socket.IsListening ? [] : SocketUnread.Look(facts, borrowed.Fd, socket, extra);
        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: unread);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        var socket = new SocketRecord(file);
        int slot = context.Shared[SlotKey(file)] = socket.Place > 0 ? QueuedConnection.Recreate(file, socket, context)
            : socket.IsConnected && socket.IsTcp ? Connection(file, socket, context)
            : socket.IsConnected && socket.Domain == SocketAddress.Unix && !socket.IsAddressed ? UnixConnection(file, socket, context)
            : Unconnected(file, socket, context);
        context.SetFlags(slot, file);
        return slot;
    }

    public override void Fill(OpenFileDescription file, RecreationContext context)
    {
        var socket = new SocketRecord(file);
        if (socket.Connecting.IsBound)
        {
            Continue(file, socket.Connecting, context);
        }

        if (socket.Domain != SocketAddress.Unix || socket.IsListening)
        {
            return;
        }

        if (socket.Place > 0)
        {
            // From the client's end, which is what was restored of it.
            int client = context.Shared[SlotKey(file)];
            SocketRefill.PrepareSending(client, client, file, context.Program);
            UnixRefill.Send(client, file, default, context);
            return;
        }

        if (socket is { IsConnected: true, IsAddressed: false })
        {
            UnixPair.Fill(file, socket, context);
        }
        else
        {
            if (file.Extra.ContainsKey(SocketRefill.Lengths) && socket.Local.IsBound)
            {
                SocketRefill.ByName(file, socket.Local, context);
            }

            if (socket.IsAddressed)
            {
                // Now: it takes nothing any more but from there (unix(7)).
                ConnectTo(socket.Peer, context.Shared[SlotKey(file)], context.Program);
            }
        }
    }

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        var socket = new SocketRecord(file);
        if (!isOwner)
        {
            return;
        }

        SignalOwner.Refill(file, fd, context.Program);
        SocketFilter.Refill(file, fd, context.Program);
        if (socket.IsConnected && (socket.IsTcp || socket.Domain == SocketAddress.Unix))
        {
            // Once more: both ends have been filled, with limits and buffers for that.
            SocketRefill.GiveRoomBack(fd, context.Program);
            SocketOptions.Set(socket.Options, (Argument)fd, context.Program, reuse: false);
        }

        if (socket.IsInternet)
        {
            SocketOptions.SetReuse(socket.Options, fd, context.Program);
        }
    }

    private static string SlotKey(OpenFileDescription file) => $"slot:{file.Inode}";

    internal static bool HasOtherEndInside(DescriptorFacts facts, DiscoveryContext context) =>
        IsInside(facts.UnixPeer, context) || (facts.Socket is { IsTcp: true, IsConnected: true } && OtherEnd(facts, context) is not null);

    private static bool IsInside(UnixPeer peer, DiscoveryContext context) => peer.Peer != 0
        && (context.Sockets.Contains(peer.Peer)
            || context.Peers.Of(SharedInventory.UnixKey(peer.Peer)).Any(p => p.Value >= 0));

    private static TcpEnd? OtherEnd(DescriptorFacts facts, DiscoveryContext context)
    {
        SharedKey key = SharedInventory.TcpKey(facts.Socket!);
        TcpEnd own = TcpEnd.Of(facts.Fd, facts.Socket!);
        IEnumerable<TcpEnd> ends = context.TcpEnds[key]
            .Concat(context.Peers.Of(key).Select(p => TcpEnd.FromValue(p.Value)));
        return ends.Where(e => e.IsLower != own.IsLower).Select(e => (TcpEnd?)e).FirstOrDefault();
    }

    /// <summary>Where the other end is; empty: in this process.</summary>
    private static string OtherHost(DescriptorFacts facts, DiscoveryContext context)
    {
        bool isLower = TcpEnd.Of(facts.Fd, facts.Socket!).IsLower;
        return context.Peers.Anywhere(SharedInventory.TcpKey(facts.Socket!))
            .Where(p => TcpEnd.FromValue(p.Value).IsLower != isLower)
            .Select(p => p.Host).FirstOrDefault("");
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
                UnixName.Bind(path, !socket.IsNameRemoved, context, () => Bind(file, slot, local, program));
            }
            else if (socket.Connecting.IsBound)
            {
                // Nobody knows its port yet: another one will do.
                program.Syscall(
                    $"bind {file.Path} to {local}", SyscallNumber.Bind, [Argument.Slot(slot), program.Data(local.Bytes), local.Bytes.Length], Expectation.Any);
            }
            else
            {
                Bind(file, slot, local, program);
            }

            if (local.Path is not null && socket.PathMode != 0)
            {
                program.Syscall($"permissions of {local}", SyscallNumber.Chmod, [program.Text(local.Path), socket.PathMode], Expectation.Warn);
            }

            if (socket.IsListening)
            {
                if (socket.Waiting > socket.Known)
                {
                    context.Warn(
                        $"{socket.Waiting - socket.Known} connections that waited to be accepted at {local} came from outside, or from clients that had ended: they are gone");
                }

                socket.PeerCredentials.Do($"listen on {local}", context, () => program.Syscall(
                    $"listen on {local}", SyscallNumber.Listen, [Argument.Slot(slot), socket.Backlog]));
            }

            SocketOptions.Set(socket.Options, slot, program, reuse: false);
        }

        if (socket.Domain == SocketAddress.Netlink)
        {
            NetlinkGroups.Join(socket.Groups, slot, program);
            return slot;
        }

        if (socket.IsInternet && !socket.IsTcp)
        {
            MulticastGroups.Enter(socket.Groups, socket.Domain, slot, program);
        }

        if (socket is { IsConnected: true, IsAddressed: false })
        {
            ConnectTo(socket.Peer, slot, program);
        }

        UdpRefill.Send(file, socket, program);
        return slot;
    }

    /// <summary>A TCP connection that was being made: it is begun again, and a program that waits for it goes on waiting.</summary>
    private static void Continue(OpenFileDescription file, SocketAddress target, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        Argument slot = Argument.Slot(context.Shared[SlotKey(file)]);
        program.Syscall($"do not wait for {target}", SyscallNumber.Fcntl, [slot, FcntlCommand.SetFlags, OpenFlags.NonBlocking]);
        program.Syscall(
            $"connect to {target}", SyscallNumber.Connect, [slot, program.Data(target.Bytes), target.Bytes.Length], Expectation.Any);
        program.Syscall($"flags of {file.Path}", SyscallNumber.Fcntl, [slot, FcntlCommand.SetFlags, file.Flags & FcntlCommand.Changeable]);
    }

    private static void ConnectTo(SocketAddress peer, int slot, ProgramBuilder program) =>
        program.Syscall(
            $"connect to {peer}", SyscallNumber.Connect, [Argument.Slot(slot), program.Data(peer.Bytes), peer.Bytes.Length], Expectation.Warn);

    /// <summary>An address that another machine does not have gives way to all of its addresses, at the same port.</summary>
    private static void Bind(OpenFileDescription file, int slot, SocketAddress local, ProgramBuilder program)
    {
        Argument[] arguments = [Argument.Slot(slot), program.Data(local.Bytes), local.Bytes.Length];
        if (local.Family is not (SocketAddress.Internet or SocketAddress.Internet6))
        {
            program.Syscall(
                $"bind {file.Path} to {local}", SyscallNumber.Bind, arguments,
                local.Family == SocketAddress.Netlink ? Expectation.Warn : Expectation.Success);
            return;
        }

        int outcome = program.Syscall($"bind {file.Path} to {local}", SyscallNumber.Bind, arguments, Expectation.Any, keep: true);
        int failed = program.Next;
        program.Add(OperationKind.IfFailed, "when that is not to be had", 0, [Argument.Slot(outcome)]);
        int done = program.Next;
        program.Add(OperationKind.Goto, "bound", 0, []);
        program.SetNumber(failed, program.Next);
        byte[] everywhere = local.Everywhere();
        program.Syscall($"bind {file.Path} to the port of {local}", SyscallNumber.Bind, [Argument.Slot(slot), program.Data(everywhere), everywhere.Length]);
        program.SetNumber(done, program.Next);
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
