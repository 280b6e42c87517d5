using System.Globalization;
using System.Text;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Resources.Sharing;
using Interpose.Resources.Sockets;

namespace Interpose.Resources.Kinds;

/// <summary>
/// Sockets that a single process has to itself: pairs with both ends inside, listening sockets, sockets that are not
/// connected. A unix connection to the outside comes back closed by its peer; other connections are refused by name.
/// </summary>
public sealed class SocketModule : ResourceModule
{
    private const int Unix = 1, Internet = 2, Internet6 = 10;
    private const int Stream = 1;
    private const int PeekNow = 0x42; // MSG_PEEK | MSG_DONTWAIT

    public override OpenFileKind Kind => OpenFileKind.Socket;

    public override bool Claims(DescriptorFacts facts) => facts.Status.IsSocket;

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        var socket = new SocketFacts(borrowed.Fd);
        bool supported = socket.Domain == Unix || (socket.Domain is Internet or Internet6 && !socket.IsConnected);
        if (!supported)
        {
            throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target}, a connected socket of family {socket.Domain}, which cannot be "
                + "checkpointed yet; let the program close it, then try again");
        }

        UnixPeer peer = socket.Domain == Unix ? UnixPeer.Of(facts.Status.Inode) : default;
        bool inside = IsInside(peer, context);
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["domain"] = Text(socket.Domain),
            ["type"] = Text(socket.Type),
            ["protocol"] = Text(socket.Protocol),
            ["listening"] = socket.IsListening ? "1" : "0",
            ["connected"] = socket.IsConnected ? "1" : "0",
            ["backlog"] = Text((int)Math.Max(peer.Backlog, 128)),
            ["peer"] = inside ? peer.Peer.ToString(CultureInfo.InvariantCulture) : "0",
            ["address"] = Convert.ToHexString(socket.LocalAddress),
        };
        byte[] unread = inside ? Unread(facts, borrowed, socket) : [];
        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: unread);
    }

    internal static bool HasOtherEndInside(DescriptorFacts facts, DiscoveryContext context) =>
        IsInside(UnixPeer.Of(facts.Status.Inode), context);

    private static bool IsInside(UnixPeer peer, DiscoveryContext context) => peer.Peer != 0
        && (context.All.Any(o => o.Status.IsSocket && o.Status.Inode == peer.Peer)
            || context.Peers.Of(SharedInventory.UnixKey(peer.Peer)).Any(p => p.Value >= 0));

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        int domain = Number(file, "domain"), type = Number(file, "type"), protocol = Number(file, "protocol");
        int slot;
        if (Number(file, "connected") == 1)
        {
            slot = Pair(file, context, type);
        }
        else
        {
            slot = program.Syscall(
                $"create {file.Path}", SyscallNumber.Socket, [domain, type | OpenFlags.CloseOnExec, protocol], keep: true);
            Bind(file, slot, domain, program);
        }

        context.SetFlags(slot, file);
        return slot;
    }

    /// <summary>Both ends are made at once; the second description finds its end waiting.</summary>
    private static int Pair(OpenFileDescription file, RecreationContext context, int type)
    {
        ProgramBuilder program = context.Program;
        string peer = file.Extra.GetValueOrDefault("peer", "0");
        string own = $"socket:{file.Inode}";
        if (!context.Shared.TryGetValue(own, out int slot))
        {
            Argument ends = program.Data(new byte[8]);
            program.Syscall(
                $"create pair for {file.Path}", SyscallNumber.Socketpair, [Unix, type | OpenFlags.CloseOnExec, 0, ends]);
            slot = program.Add(OperationKind.Fetch, "one end", 4, [ends], keep: true);
            int other = program.Add(
                OperationKind.Fetch, "other end", 4, [new Argument(ends.Value + 4, ArgumentMode.Data)], keep: true);
            context.Shared[own] = slot;
            context.Shared[$"{own}:peer"] = other;
            context.Shared[$"socket:{peer}"] = other;
            context.Shared[$"socket:{peer}:peer"] = slot;
            if (peer == "0")
            {
                context.Warn($"{file.Path} was connected to a process outside; the program finds the connection closed");
                program.Syscall("close the outside's end", SyscallNumber.Close, [Argument.Slot(other)]);
            }
        }

        if (file.Payload.Length > 0)
        {
            program.Syscall(
                $"refill {file.Path}", SyscallNumber.Sendto,
                [Argument.Slot(context.Shared[$"{own}:peer"]), program.Data(file.Payload), file.Payload.Length, 0, 0, 0],
                Expectation.Value, file.Payload.Length);
        }

        return slot;
    }

    private static void Bind(OpenFileDescription file, int slot, int domain, ProgramBuilder program)
    {
        const int solSocket = 1, reuseAddress = 2;
        byte[] address = Convert.FromHexString(file.Extra.GetValueOrDefault("address", ""));
        bool bound = domain == Unix ? address.Length > 2 : address.Length > 4 && (address[2] | address[3]) != 0;
        if (!bound)
        {
            return;
        }

        if (domain == Unix && address[2] != 0)
        {
            // What is left of the old socket; nobody can be listening on it.
            program.Syscall(
                $"remove {SocketPath(address)}", SyscallNumber.Unlink, [program.Data(address.AsSpan(2))], Expectation.Any);
        }
        else if (domain != Unix)
        {
            program.Syscall(
                "reuse the address", SyscallNumber.Setsockopt,
                [Argument.Slot(slot), solSocket, reuseAddress, program.Data(BitConverter.GetBytes(1)), 4]);
        }

        program.Syscall(
            $"bind {file.Path}", SyscallNumber.Bind, [Argument.Slot(slot), program.Data(address), address.Length]);
        if (Number(file, "listening") == 1)
        {
            program.Syscall($"listen on {file.Path}", SyscallNumber.Listen, [Argument.Slot(slot), Number(file, "backlog")]);
        }
    }

    private static string SocketPath(byte[] address) => Encoding.UTF8.GetString(address.AsSpan(2)).TrimEnd('\0');

    /// <summary>Bytes that have arrived and were not read, left where they are.</summary>
    private static unsafe byte[] Unread(DescriptorFacts facts, BorrowedDescriptor borrowed, SocketFacts socket)
    {
        const int fionread = 0x541B;
        int waiting = 0;
        Sys.Try(SyscallNumber.Ioctl, (ulong)borrowed.Fd, fionread, (ulong)&waiting);
        if (waiting <= 0)
        {
            return [];
        }

        if (socket.Type != Stream)
        {
            throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target} with unread messages, which cannot be checkpointed yet; try again later");
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

    private static int Number(OpenFileDescription file, string name) =>
        int.TryParse(file.Extra.GetValueOrDefault(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int n) ? n : 0;

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
