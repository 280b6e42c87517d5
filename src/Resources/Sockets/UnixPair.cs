using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>A unix connection: both ends are made at once; the second description finds its end waiting.</summary>
internal static class UnixPair
{
    private const int Datagram = 2;

    public static int Recreate(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        string peer = socket.UnixPeer;
        string own = $"socket:{file.Inode}";
        if (!context.Shared.TryGetValue(own, out int slot))
        {
            OpenFileDescription? otherFile = context.SocketOf(peer);
            PeerCredentials seen = socket.PeerCredentials;
            PeerCredentials seenByOther = otherFile is null ? default : new SocketRecord(otherFile).PeerCredentials;
            (slot, int other) = seen == seenByOther || seen.IsUnknown || seenByOther.IsUnknown || socket.Type == Datagram
                ? Pair(file, socket, seen.IsUnknown ? seenByOther : seen, context)
                : Connect(file, socket, seen, seenByOther, context);
            context.Shared[own] = slot;
            context.Shared[$"{own}:peer"] = other;
            if (peer != "0")
            {
                context.Shared[$"socket:{peer}"] = other;
                context.Shared[$"socket:{peer}:peer"] = slot;
            }
        }

        SocketOptions.Set(socket.Options, slot, context.Program, reuse: false);
        return slot;
    }

    /// <summary>When all descriptions are there: what was unread, and the ends of the streams.</summary>
    public static void Fill(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        string own = $"socket:{file.Inode}", peer = socket.UnixPeer;
        if (!context.Shared.TryGetValue(own, out int slot))
        {
            return;
        }

        ProgramBuilder program = context.Program;
        int other = context.Shared[$"{own}:peer"];
        if (file.Payload.Length > 0 || file.Extra.ContainsKey(SocketRefill.Lengths))
        {
            // One that does not wait might take less than all.
            int flags = (context.SocketOf(peer)?.Flags ?? 0) & FcntlCommand.Changeable;
            program.Syscall("wait while it is filled", SyscallNumber.Fcntl, [Argument.Slot(other), FcntlCommand.SetFlags, 0]);
            SocketRefill.PrepareSending(other, slot, file, program);
            UnixRefill.Send(other, file, default, context);
            program.Syscall("flags as they were", SyscallNumber.Fcntl, [Argument.Slot(other), FcntlCommand.SetFlags, flags]);
        }

        context.Shared[$"{own}:shutdown"] = socket.Shutdown;
        if (peer != "0" && context.Shared.TryGetValue($"socket:{peer}:shutdown", out int others))
        {
            // Both have their data: now the ends of the streams may follow.
            Shut(slot, socket.Shutdown, program);
            Shut(other, others, program);
        }

        if (peer == "0")
        {
            program.Syscall("close the end that is not restored", SyscallNumber.Close, [Argument.Slot(other)]);
        }
    }

    /// <param name="directions">1: receiving, 2: sending, 3: both; shutdown(2) counts from 0.</param>
    internal static void Shut(int slot, int directions, ProgramBuilder program)
    {
        if (directions != 0)
        {
            program.Syscall("end of the stream", SyscallNumber.Shutdown, [Argument.Slot(slot), directions - 1], Expectation.Any);
        }
    }

    private static (int Own, int Other) Pair(OpenFileDescription file, SocketRecord socket, PeerCredentials creator, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        Argument ends = program.Data(new byte[8]);
        creator.Do($"pair for {file.Path}", context, () => program.Syscall(
            $"create pair for {file.Path}", SyscallNumber.Socketpair, [SocketAddress.Unix, socket.Type | OpenFlags.CloseOnExec, 0, ends]));
        int own = program.Add(OperationKind.Fetch, "one end", 4, [ends], keep: true);
        int other = program.Add(OperationKind.Fetch, "other end", 4, [new Argument(ends.Value + 4, ArgumentMode.Data)], keep: true);
        return (own, other);
    }

    /// <summary>
    /// Two processes are noted, one at each end: the client sees who has called listen(2), the other end who has called
    /// connect(2) (unix(7), SO_PEERCRED).
    /// </summary>
    private static (int Own, int Other) Connect(
        OpenFileDescription file, SocketRecord socket, PeerCredentials seen, PeerCredentials seenByOther, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        string name = $"connection for {file.Path}";
        int listener = Create(name, socket, program), own = Create(name, socket, program);
        Argument family = program.Data(BitConverter.GetBytes((ushort)SocketAddress.Unix));

        // A family without a name lets the kernel choose one (unix(7), autobind).
        program.Syscall(name, SyscallNumber.Bind, [Argument.Slot(listener), family, 2]);
        Argument address = program.Data(new byte[128]), length = program.Data(BitConverter.GetBytes(128));
        program.Syscall(name, SyscallNumber.Getsockname, [Argument.Slot(listener), address, length]);
        int size = program.Add(OperationKind.Fetch, name, 4, [length], keep: true);
        seen.Do(name, context, () => program.Syscall(name, SyscallNumber.Listen, [Argument.Slot(listener), 1]));
        seenByOther.Do(name, context, () => program.Syscall(
            name, SyscallNumber.Connect, [Argument.Slot(own), address, Argument.Slot(size)]));
        int other = program.Syscall(name, SyscallNumber.Accept4, [Argument.Slot(listener), 0, 0, OpenFlags.CloseOnExec], keep: true);
        program.Syscall(name, SyscallNumber.Close, [Argument.Slot(listener)]);
        return (own, other);
    }

    private static int Create(string name, SocketRecord socket, ProgramBuilder program) => program.Syscall(
        name, SyscallNumber.Socket, [SocketAddress.Unix, socket.Type | OpenFlags.CloseOnExec, 0], keep: true);
}
