using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Unread datagrams are sent again from the address they came from, where that is ours to send from. Others are lost, as
/// any datagram may be.
/// </summary>
internal static class UdpRefill
{
    private const int PortOffset = 2;

    public static void Send(OpenFileDescription file, SocketRecord socket, ProgramBuilder program)
    {
        string[] senders = file.Extra.GetValueOrDefault(SocketRefill.Senders, "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        List<(int At, int Length)> pieces = SocketRefill.Pieces(file);
        for (int i = 0; i < Math.Min(senders.Length, pieces.Count); i++)
        {
            var from = new SocketAddress(Convert.FromHexString(senders[i]));
            if (!from.IsBound)
            {
                continue;
            }

            byte[] to = Target(socket.Local, from);
            int slot = program.Syscall(
                $"socket to refill {file.Path}", SyscallNumber.Socket,
                [from.Family, socket.Type | OpenFlags.CloseOnExec | OpenFlags.NonBlocking, socket.Protocol], keep: true);
            SocketOptions.Set("", slot, program, reuse: true);
            int bound = program.Syscall(
                $"as {from}", SyscallNumber.Bind, [Argument.Slot(slot), program.Data(from.Bytes), from.Bytes.Length], Expectation.Any, keep: true);
            int skip = program.Next;
            program.Add(OperationKind.IfFailed, "when the sender is elsewhere", 0, [Argument.Slot(bound)]);
            program.Syscall(
                $"refill {file.Path}", SyscallNumber.Sendto,
                [Argument.Slot(slot), program.Bulk(file.Payload.AsMemory(pieces[i].At, pieces[i].Length)), pieces[i].Length, 0, program.Data(to), to.Length],
                Expectation.Any);
            program.SetNumber(skip, program.Next);
            program.Syscall($"socket to refill {file.Path}", SyscallNumber.Close, [Argument.Slot(slot)]);
        }
    }

    /// <summary>A socket that takes datagrams for any address gets it at the address of the sender, which is on this host.</summary>
    private static byte[] Target(SocketAddress own, SocketAddress from)
    {
        bool isAny = !own.Bytes.AsSpan(own.Family == SocketAddress.Internet ? 4 : 8, own.Family == SocketAddress.Internet ? 4 : 16).ContainsAnyExcept((byte)0);
        byte[] to = isAny ? [.. from.Bytes] : own.ForDomain(from.Family);
        own.Bytes.AsSpan(PortOffset, 2).CopyTo(to.AsSpan(PortOffset));
        return to;
    }
}
