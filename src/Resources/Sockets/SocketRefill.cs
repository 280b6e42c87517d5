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

    private const int Datagram = 2;

    /// <summary>From the other end of a connection.</summary>
    public static void From(int slot, OpenFileDescription file, ProgramBuilder program)
    {
        foreach ((int at, int length) in Pieces(file))
        {
            program.Syscall(
                $"refill {file.Path}", SyscallNumber.Sendto,
                [Argument.Slot(slot), program.Data(file.Payload.AsSpan(at, length)), length, 0, 0, 0], Expectation.Value, length);
        }
    }

    /// <summary>To a datagram socket with a name, from one without: who had sent it is not known any more.</summary>
    public static void ByName(OpenFileDescription file, SocketAddress name, ProgramBuilder program)
    {
        int slot = program.Syscall(
            $"socket to refill {name}", SyscallNumber.Socket, [SocketAddress.Unix, Datagram | OpenFlags.CloseOnExec, 0], keep: true);
        Argument address = program.Data(name.Bytes);
        foreach ((int at, int length) in Pieces(file))
        {
            program.Syscall(
                $"refill {name}", SyscallNumber.Sendto,
                [Argument.Slot(slot), program.Data(file.Payload.AsSpan(at, length)), length, 0, address, name.Bytes.Length],
                Expectation.Value, length);
        }

        program.Syscall($"socket to refill {name}", SyscallNumber.Close, [Argument.Slot(slot)]);
    }

    private static List<(int At, int Length)> Pieces(OpenFileDescription file)
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
