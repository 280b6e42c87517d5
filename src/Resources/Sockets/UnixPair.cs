using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>A unix connection: both ends are made at once; the second description finds its end waiting.</summary>
internal static class UnixPair
{
    public static int Recreate(OpenFileDescription file, SocketRecord socket, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        string peer = socket.UnixPeer;
        string own = $"socket:{file.Inode}";
        if (!context.Shared.TryGetValue(own, out int slot))
        {
            Argument ends = program.Data(new byte[8]);
            program.Syscall(
                $"create pair for {file.Path}", SyscallNumber.Socketpair,
                [SocketAddress.Unix, socket.Type | OpenFlags.CloseOnExec, 0, ends]);
            slot = program.Add(OperationKind.Fetch, "one end", 4, [ends], keep: true);
            int other = program.Add(
                OperationKind.Fetch, "other end", 4, [new Argument(ends.Value + 4, ArgumentMode.Data)], keep: true);
            context.Shared[own] = slot;
            context.Shared[$"{own}:peer"] = other;
            if (peer != "0")
            {
                context.Shared[$"socket:{peer}"] = other;
                context.Shared[$"socket:{peer}:peer"] = slot;
            }
        }

        SocketRefill.From(context.Shared[$"{own}:peer"], slot, file, program);

        context.Shared[$"{own}:shutdown"] = socket.Shutdown;
        if (peer != "0" && context.Shared.TryGetValue($"socket:{peer}:shutdown", out int others))
        {
            // Both have their data: now the ends of the streams may follow.
            Shut(slot, socket.Shutdown, program);
            Shut(context.Shared[$"{own}:peer"], others, program);
        }

        if (peer == "0")
        {
            program.Syscall("close the end that is not restored", SyscallNumber.Close, [Argument.Slot(context.Shared[$"{own}:peer"])]);
        }

        SocketOptions.Set(socket.Options, slot, program, reuse: false);
        return slot;
    }

    /// <param name="directions">1: receiving, 2: sending, 3: both; shutdown(2) counts from 0.</param>
    internal static void Shut(int slot, int directions, ProgramBuilder program)
    {
        if (directions != 0)
        {
            program.Syscall("end of the stream", SyscallNumber.Shutdown, [Argument.Slot(slot), directions - 1], Expectation.Any);
        }
    }
}
