using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>
/// A TCP connection with both ends in the computation: made anew between the same addresses and ports. The second
/// description to come finds its end waiting.
/// </summary>
internal static class TcpPair
{
    private const int SolSocket = 1, Linger = 13;
    private const int PortOffset = 2;
    private const int ShutWrite = 1;
    internal static readonly int[] s_sentEnd = [4, 5, 9, 11]; // FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING: net/tcp_states.h

    public static int Recreate(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        SocketAddress local = socket.Local, peer = socket.Peer;
        bool isLower = local.Mark() <= peer.Mark();
        string key = $"tcp:{Math.Min(local.Mark(), peer.Mark()):x}:{Math.Max(local.Mark(), peer.Mark()):x}";
        string own = $"{key}:{isLower}", other = $"{key}:{!isLower}";
        if (socket.PeerHost.Length > 0 && socket.PeerHost != context.Process.Identity.Host)
        {
            // Made by the restart command before it became what executes this; a plan that is only looked at has none.
            int made = context.Shared.GetValueOrDefault(HostLink.KeyOf(socket));
            int link = context.Program.Syscall(
                $"connection of {local} with {peer} on {socket.PeerHost}", SyscallNumber.Dup, [made], keep: true);
            SocketOptions.Set(socket.Options, link, context.Program, reuse: false);
            return link;
        }

        bool isSecond = context.Shared.ContainsKey(own);
        if (!isSecond)
        {
            // Only a client's port can be had beside other connections of that port (bind(2) minds them). Clients have
            // the ephemeral ports, which are mostly the higher ones.
            bool isServer = socket.IsServer ?? local.Port <= peer.Port;
            (int server, int client) = isServer
                ? Connect(local, socket.Domain, peer, socket.PeerDomain, context.Program)
                : Connect(peer, socket.PeerDomain, local, socket.Domain, context.Program);
            context.Shared[own] = isServer ? server : client;
            context.Shared[other] = isServer ? client : server;
        }

        ProgramBuilder program = context.Program;
        SocketRefill.From(context.Shared[other], context.Shared[own], file, program);
        context.Shared[$"{own}:state"] = socket.TcpState;
        if (isSecond)
        {
            // Both have their data: now the ends of the streams may follow.
            Shut(context.Shared[own], socket.TcpState, program);
            Shut(context.Shared[other], context.Shared[$"{other}:state"], program);
        }

        SocketOptions.Set(socket.Options, context.Shared[own], program, reuse: false);
        return context.Shared[own];
    }

    /// <summary>A connection whose other end is not restored: what had arrived can be read, then it is over.</summary>
    /// <param name="reset">The peer was alive: reading ends in ECONNRESET, as if its machine had gone.</param>
    public static int Dead(OpenFileDescription file, SocketRecord socket, RecreationContext context, bool reset)
    {
        byte[] loopback = new byte[16];
        loopback[0] = SocketAddress.Internet;
        loopback[4] = 127;
        loopback[7] = 1;
        var address = new SocketAddress(loopback);
        ProgramBuilder program = context.Program;
        (int server, int client) = Connect(address, SocketAddress.Internet, default, SocketAddress.Internet, program);
        SocketRefill.From(server, client, file, program);
        if (reset && file.Payload.Length == 0)
        {
            program.Syscall(
                "end the connection by a reset", SyscallNumber.Setsockopt,
                [Argument.Slot(server), SolSocket, Linger, program.Data<int>([1, 0]), 8]);
        }

        program.Syscall("end the connection", SyscallNumber.Close, [Argument.Slot(server)]);
        SocketOptions.Set(socket.Options, client, program, reuse: false);
        return client;
    }

    private static (int Server, int Client) Connect(
        SocketAddress server, int serverDomain, SocketAddress client, int clientDomain, ProgramBuilder program)
    {
        string name = $"TCP connection {server} with {client}";
        int listener = Create(serverDomain, name, program);
        program.Syscall($"listen for {name}", SyscallNumber.Bind, [Argument.Slot(listener), program.Data(server.Bytes), server.Bytes.Length], Expectation.Any);
        program.Syscall($"listen for {name}", SyscallNumber.Listen, [Argument.Slot(listener), 1]);

        // Where the old port is not to be had, the kernel chooses another.
        Argument actual = program.Data(new byte[128]);
        program.Syscall(name, SyscallNumber.Getsockname, [Argument.Slot(listener), actual, program.Data(BitConverter.GetBytes(128))]);
        int port = program.Add(OperationKind.Fetch, name, 2, [new Argument(actual.Value + PortOffset, ArgumentMode.Data)], keep: true);
        byte[] target = server.ForDomain(clientDomain);
        Argument address = program.Data(target);
        program.Add(OperationKind.Store, name, 2, [new Argument(address.Value + PortOffset, ArgumentMode.Data), Argument.Slot(port)]);

        int socket = ConnectClient(client, clientDomain, address, target.Length, name, program);
        int accepted = program.Syscall($"accept {name}", SyscallNumber.Accept4, [Argument.Slot(listener), 0, 0, OpenFlags.CloseOnExec], keep: true);
        program.Syscall($"listen no more for {name}", SyscallNumber.Close, [Argument.Slot(listener)]);
        return (accepted, socket);
    }

    /// <summary>A client's end, with its old port if that is to be had.</summary>
    /// <param name="address">Of the server, in the program's data.</param>
    internal static int ConnectClient(
        SocketAddress client, int domain, Argument address, int addressLength, string name, ProgramBuilder program)
    {
        int socket = Create(domain, name, program);
        SocketRefill.LimitTime(socket, program);
        if (client.IsBound)
        {
            TakePort(client, socket, name, program);
        }

        int outcome = program.Syscall($"connect {name}", SyscallNumber.Connect, [Argument.Slot(socket), address, addressLength], Expectation.Any, keep: true);

        // The old pair of ports may still be in TIME_WAIT (tcp(7)): then the client takes another port.
        int failed = program.Next;
        program.Add(OperationKind.IfFailed, "when that is not to be had", 0, [Argument.Slot(outcome)]);
        int done = program.Next;
        program.Add(OperationKind.Goto, "connected", 0, []);
        program.SetNumber(failed, program.Next);
        int fresh = Create(domain, name, program);
        SocketRefill.LimitTime(fresh, program);
        program.Syscall($"connect {name}", SyscallNumber.Connect, [Argument.Slot(fresh), address, addressLength]);
        program.Syscall("take its place", SyscallNumber.Dup3, [Argument.Slot(fresh), Argument.Slot(socket), OpenFlags.CloseOnExec]);
        program.Syscall("take its place", SyscallNumber.Close, [Argument.Slot(fresh)]);
        program.SetNumber(done, program.Next);
        if (client.IsBound)
        {
            SetPortRange(socket, 0, name, program);
        }

        return socket;
    }

    /// <summary>
    /// The client's old port. bind(2) would be refused as long as any connection of that port is in TIME_WAIT; connect(2),
    /// which chooses among one port only (IP_LOCAL_PORT_RANGE, ip(7), Linux 6.3), minds nothing but the same connection.
    /// </summary>
    private static void TakePort(SocketAddress client, int socket, string name, ProgramBuilder program)
    {
        const int ip = 0, bindAddressNoPort = 24;
        int outcome = SetPortRange(socket, client.Port | client.Port << 16, name, program);
        int older = program.Next;
        program.Add(OperationKind.IfFailed, "on an older kernel", 0, [Argument.Slot(outcome)]);
        byte[] anyPort = [.. client.Bytes];
        anyPort.AsSpan(PortOffset, 2).Clear();
        program.Syscall(
            $"port of {name}", SyscallNumber.Setsockopt,
            [Argument.Slot(socket), ip, bindAddressNoPort, program.Data(BitConverter.GetBytes(1)), 4], Expectation.Any);
        program.Syscall($"bind {name}", SyscallNumber.Bind, [Argument.Slot(socket), program.Data(anyPort), anyPort.Length], Expectation.Any);
        int bound = program.Next;
        program.Add(OperationKind.Goto, "connect", 0, []);
        program.SetNumber(older, program.Next);
        program.Syscall($"bind {name}", SyscallNumber.Bind, [Argument.Slot(socket), program.Data(client.Bytes), client.Bytes.Length], Expectation.Any);
        program.SetNumber(bound, program.Next);
    }

    private static int SetPortRange(int socket, int range, string name, ProgramBuilder program)
    {
        const int ip = 0, localPortRange = 51;
        return program.Syscall(
            $"port of {name}", SyscallNumber.Setsockopt,
            [Argument.Slot(socket), ip, localPortRange, program.Data(BitConverter.GetBytes(range)), 4], Expectation.Any, keep: true);
    }

    private static int Create(int domain, string name, ProgramBuilder program)
    {
        const int stream = 1;
        int slot = program.Syscall($"socket for {name}", SyscallNumber.Socket, [domain, stream | OpenFlags.CloseOnExec, 0], keep: true);
        SocketOptions.Set("", slot, program, reuse: true);
        return slot;
    }

    internal static void Shut(int slot, int state, ProgramBuilder program)
    {
        if (s_sentEnd.Contains(state))
        {
            program.Syscall("end of the stream", SyscallNumber.Shutdown, [Argument.Slot(slot), ShutWrite], Expectation.Any);
        }
    }
}
