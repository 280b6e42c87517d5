using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>Sends again what was unread at a unix socket, with the descriptors it carried and in the name of who had sent it.</summary>
internal static class UnixRefill
{
    private const int SolSocket = 1, Rights = 1, Credentials = 2; // SCM_*, unix(7)
    private const int HeaderSize = 16;                            // struct cmsghdr
    private const int CredentialsSize = 12;                       // struct ucred

    /// <param name="slot">The socket to send by.</param>
    /// <param name="to">Where to; unbound: to the other end.</param>
    public static void Send(int slot, OpenFileDescription file, SocketAddress to, RecreationContext context)
    {
        List<(int At, int Length)> pieces = SocketRefill.Pieces(file);
        string[] rights = Parts(file, SocketRefill.Rights), senders = Parts(file, SocketRefill.Credentials);
        for (int i = 0; i < pieces.Count;)
        {
            // All that one process has sent in a row.
            PeerCredentials sender = Sender(i);
            int first = i;
            while (i < pieces.Count && Sender(i) == sender)
            {
                i++;
            }

            int end = i;
            sender.Do($"refill {file.Path}", context, () =>
            {
                for (int m = first; m < end; m++)
                {
                    int[] carried = rights.Length > m && rights[m].Length > 0
                        ? [.. rights[m].Split('+').Select(r => int.Parse(r, CultureInfo.InvariantCulture))]
                        : [];
                    One(slot, file, pieces[m], carried, sender, to, context);
                }
            });
        }

        PeerCredentials Sender(int index) => senders.Length > index ? PeerCredentials.Parse(senders[index]) : default;
    }

    private static void One(
        int slot, OpenFileDescription file, (int At, int Length) piece, int[] carried, PeerCredentials sender, SocketAddress to,
        RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        Argument control = program.Data(Control(carried.Length, sender));
        int controlLength = carried.Length == 0 && sender.IsUnknown ? 0 : Control(carried.Length, sender).Length;
        for (int i = 0; i < carried.Length; i++)
        {
            program.Add(
                OperationKind.Store, $"a descriptor for {file.Path}", 4,
                [At(control, HeaderSize + (4 * i)), Argument.Slot(context.SlotOf(carried[i]))]);
        }

        // struct msghdr (recvmsg(2)): name, its length, vector, its length, control, its length, flags
        Argument vector = program.Data<ulong>([0, (ulong)piece.Length]);
        Argument header = program.Data<ulong>([0, (ulong)to.Bytes.Length, 0, 1, 0, (ulong)controlLength, 0]);
        Point(vector, program.Bulk(file.Payload.AsMemory(piece.At, piece.Length)));
        Point(At(header, 16), vector);
        if (controlLength > 0)
        {
            Point(At(header, 32), control);
            if (!sender.IsUnknown)
            {
                // Whoever does it here: it may be another process, if that number was not to be had.
                int place = Aligned(carried.Length == 0 ? 0 : HeaderSize + (4 * carried.Length)) + HeaderSize;
                Own(SyscallNumber.Getpid, place);
                Own(SyscallNumber.Geteuid, place + 4);
                Own(SyscallNumber.Getegid, place + 8);
            }
        }

        if (to.Bytes.Length > 0)
        {
            Point(header, program.Data(to.Bytes));
        }

        program.Syscall(
            $"refill {file.Path}", SyscallNumber.Sendmsg, [Argument.Slot(slot), header, 0], Expectation.Value, piece.Length);

        void Point(Argument from, Argument target) => program.Add(OperationKind.Store, $"refill {file.Path}", 8, [from, target]);

        void Own(SyscallNumber number, int place)
        {
            int value = program.Syscall($"sender for {file.Path}", number, [], keep: true);
            program.Add(OperationKind.Store, $"sender for {file.Path}", 4, [At(control, place), Argument.Slot(value)]);
        }
    }

    private static byte[] Control(int descriptors, PeerCredentials sender)
    {
        var control = new List<byte>();
        if (descriptors > 0)
        {
            Header(HeaderSize + (4 * descriptors), Rights);
        }

        if (!sender.IsUnknown)
        {
            Header(HeaderSize + CredentialsSize, Credentials);
        }

        return [.. control];

        void Header(int length, int kind)
        {
            control.AddRange(BitConverter.GetBytes((ulong)length));
            control.AddRange(BitConverter.GetBytes(SolSocket));
            control.AddRange(BitConverter.GetBytes(kind));
            control.AddRange(new byte[Aligned(length) - HeaderSize]);
        }
    }

    private static Argument At(Argument data, int offset) => new(data.Value + (ulong)offset, ArgumentMode.Data);

    private static int Aligned(int length) => (length + 7) & ~7;

    private static string[] Parts(OpenFileDescription file, string name) =>
        file.Extra.GetValueOrDefault(name, "") is { Length: > 0 } text ? text.Split(',') : [];
}
