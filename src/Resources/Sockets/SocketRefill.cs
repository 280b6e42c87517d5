using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>Puts back what was unread: the other end sends it again, each message by itself.</summary>
internal static class SocketRefill
{
    /// <summary>Lengths of messages, separated by commas; none for a stream.</summary>
    public const string Lengths = "messages";

    /// <summary>Who had sent the messages, in hex, separated by commas.</summary>
    public const string Senders = "senders";

    /// <summary>Descriptors that each message carries: numbers of the image with "+" between them, separated by commas.</summary>
    public const string Rights = "rights";

    /// <summary>Who the kernel noted as the sender of each message, separated by commas.</summary>
    public const string Credentials = "credentials";

    /// <summary>Where the urgent byte of a TCP stream is.</summary>
    public const string Urgent = "urgent";

    private const int Datagram = 2;
    private const int SolSocket = 1, SendBuffer = 7, LowWater = 18, SendTimeout = 21; // SO_*, socket(7)
    private const int LimitSeconds = 10;
    private const int Much = 64 << 10; // what the smallest usual buffers take

    /// <summary>From the other end of a connection.</summary>
    /// <param name="slot">The other end.</param>
    /// <param name="receiver">The end that is filled. Buffers and limits of both are set once more when all is done.</param>
    public static void From(int slot, int receiver, OpenFileDescription file, ProgramBuilder program)
    {
        if (file.Payload.Length == 0 && !file.Extra.ContainsKey(Lengths))
        {
            return;
        }

        PrepareSending(slot, receiver, file, program);
        int urgentAt = int.TryParse(file.Extra.GetValueOrDefault(Urgent), CultureInfo.InvariantCulture, out int u) ? u : -1;
        foreach ((int at, int length) in Pieces(file))
        {
            if (urgentAt < 0)
            {
                Send(slot, file, at, length, 0, program);
                continue;
            }

            const int urgent = 1; // MSG_OOB
            Send(slot, file, 0, urgentAt, 0, program);
            Send(slot, file, urgentAt, 1, urgent, program);
            Send(slot, file, urgentAt + 1, length - urgentAt - 1, 0, program);
        }
    }

    /// <summary>The sending end gets a limit of time, and both get the room that is needed.</summary>
    public static void PrepareSending(int slot, int receiver, OpenFileDescription file, ProgramBuilder program)
    {
        LimitTime(slot, program);
        if (file.Payload.Length > Much)
        {
            // Nobody reads while this is sent: the kernel is asked for the room, as far as it goes (tcp_rmem, wmem_max).
            MakeRoom(slot, SendBuffer, int.MaxValue / 4, program);
            MakeRoom(receiver, LowWater, int.MaxValue, program);
        }
    }

    /// <summary>A refill or connection that cannot come to its end fails instead of waiting for ever.</summary>
    public static void LimitTime(int slot, ProgramBuilder program) =>
        program.Syscall(
            "limit of time", SyscallNumber.Setsockopt,
            [Argument.Slot(slot), SolSocket, SendTimeout, program.Data<long>([LimitSeconds, 0]), 16], Expectation.Any);

    /// <summary>The sizes of buffers are the kernel's business again, until options say otherwise.</summary>
    public static void GiveRoomBack(Argument socket, ProgramBuilder program)
    {
        const int bufferLock = 72; // SO_BUF_LOCK
        program.Syscall(
            "sizes of buffers", SyscallNumber.Setsockopt,
            [socket, SolSocket, bufferLock, program.Data(BitConverter.GetBytes(0)), 4], Expectation.Any);
    }

    private static void MakeRoom(int slot, int option, int size, ProgramBuilder program) =>
        program.Syscall(
            "room for the refill", SyscallNumber.Setsockopt,
            [Argument.Slot(slot), SolSocket, option, program.Data(BitConverter.GetBytes(size)), 4], Expectation.Any);

    private static void Send(int slot, OpenFileDescription file, int at, int length, int flags, ProgramBuilder program)
    {
        if (length > 0 || file.Extra.ContainsKey(Lengths))
        {
            program.Syscall(
                $"refill {file.Path}", SyscallNumber.Sendto,
                [Argument.Slot(slot), program.Bulk(file.Payload.AsMemory(at, length)), length, flags, 0, 0], Expectation.Value, length);
        }
    }

    /// <summary>To a datagram socket with a name, from one without: who had sent it is not known any more.</summary>
    public static void ByName(OpenFileDescription file, SocketAddress name, RecreationContext context)
    {
        ProgramBuilder program = context.Program;
        int slot = program.Syscall(
            $"socket to refill {name}", SyscallNumber.Socket, [SocketAddress.Unix, Datagram | OpenFlags.CloseOnExec, 0], keep: true);
        LimitTime(slot, program);
        UnixRefill.Send(slot, file, name, context);
        program.Syscall($"socket to refill {name}", SyscallNumber.Close, [Argument.Slot(slot)]);
    }

    internal static List<(int At, int Length)> Pieces(OpenFileDescription file)
    {
        string lengths = file.Extra.GetValueOrDefault(Lengths, "");
        if (lengths.Length == 0)
        {
            return file.Payload.Length == 0 ? [] : [(0, file.Payload.Length)];
        }

        var pieces = new List<(int At, int Length)>();
        int at = 0;
        foreach (string text in lengths.Split(','))
        {
            int length = int.Parse(text, CultureInfo.InvariantCulture);
            pieces.Add((at, length));
            at += length;
        }

        return pieces;
    }
}
