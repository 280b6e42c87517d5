using System.Globalization;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Who is at the other end of a unix connection (SO_PEERCRED, unix(7)), or has sent a message (SCM_CREDENTIALS): the kernel
/// has noted it when the connection was made, or the message sent, and nobody can tell it anything else later.
/// </summary>
internal readonly record struct PeerCredentials(int Pid, uint User, uint Group)
{
    private const int SolSocket = 1, PeerCred = 17; // SO_PEERCRED
    private const int Size = 12; // struct ucred
    private const int TriesInside = 3000, TriesOutside = 1; // milliseconds: only what was ours ends soon

    /// <summary>Nobody, or somebody in another pid namespace.</summary>
    public bool IsUnknown => Pid <= 0;

    public static unsafe PeerCredentials Of(int fd)
    {
        byte* value = stackalloc byte[Size];
        int length = Size;
        return Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, SolSocket, PeerCred, (ulong)value, (ulong)&length) < 0
            ? default
            : Parse(new ReadOnlySpan<byte>(value, Size));
    }

    /// <summary>struct ucred.</summary>
    public static PeerCredentials Parse(ReadOnlySpan<byte> bytes) =>
        new(BitConverter.ToInt32(bytes), BitConverter.ToUInt32(bytes[4..]), BitConverter.ToUInt32(bytes[8..]));

    public static PeerCredentials Parse(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 3
            ? new(
                int.Parse(parts[0], CultureInfo.InvariantCulture), uint.Parse(parts[1], CultureInfo.InvariantCulture),
                uint.Parse(parts[2], CultureInfo.InvariantCulture))
            : default;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid}:{User}:{Group}");

    /// <summary>Adds operations that a process with this number and user does, as far as that is to be had.</summary>
    public void Do(string label, RecreationContext context, Action operations)
    {
        if (IsUnknown)
        {
            operations();
            return;
        }

        int start = context.Program.Next;
        int tries = context.IsMember(Pid) ? TriesInside : TriesOutside;
        context.Program.Add(
            OperationKind.As, string.Create(CultureInfo.InvariantCulture, $"as process {Pid}: {label}"), 0, [Pid, User, Group, tries]);
        operations();
        context.Program.SetNumber(start, context.Program.Next);
    }
}
