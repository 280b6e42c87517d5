using System.Globalization;
using System.Runtime.InteropServices;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Outside;

namespace Interpose.Restart.Rules;

/// <summary>Gets the fds that rules ask for, in the restart command, before it becomes the restorer.</summary>
/// <param name="hook">Runs a hook; it throws <see cref="ReplacementException"/>.</param>
/// <param name="warn">Tells the user of what the program may notice.</param>
internal sealed class ReplacementOpener(Func<HookRequest, HookAnswer> hook, string? hookProgram, Action<string> warn)
{
    private const int DuplicateCloseOnExec = 1030, SeekSet = 0, Readable = 0x1B4 /* 0664 */;
    private const int Creation = OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.Truncate;

    /// <summary>Null: the hook leaves it to us.</summary>
    public int? Open(ReplacedFile item)
    {
        RestartRule rule = item.Rule;
        if (rule.Action == RuleAction.Hook)
        {
            if (hookProgram is null)
            {
                throw new ReplacementException($"the rule '{rule.Source}' asks for a hook, and there is none; name it by --hook");
            }

            HookAnswer answer = hook(new HookRequest(hookProgram, item.ToJson(), item.Subject));
            if (answer.Fd >= 0 || answer.Text.Length == 0)
            {
                return answer.Fd >= 0 ? Take(answer.Fd, item) : null;
            }

            rule = FromText(answer.Text, item);
        }

        int fd = rule.Action switch
        {
            RuleAction.Reset => -1,
            RuleAction.Repair => Repair(item),
            RuleAction.Descriptor => Duplicate(rule, item),
            RuleAction.Reconnect => Reconnect(item),
            _ when item.Description.Kind is "tcp" or "udp" => ConnectTo(rule.Value, item),
            _ when item.File.Kind == OpenFileKind.Socket => OutsideConnector.Unix(rule.Value, ObjectDescription.SocketKind(item.File).Type, item.Subject),
            _ => OpenPath(rule.Value, item),
        };
        return fd < 0 ? null : rule.Action == RuleAction.Repair ? fd : Take(fd, item);
    }

    private static RestartRule FromText(string text, ReplacedFile item)
    {
        string rule = $"{item.Description.Kind}:{item.Description.Name}={text}";
        try
        {
            RestartRule parsed = text is "reset" or "reconnect" ? RuleParser.Policy(rule) : RuleParser.Replacement(rule);
            return parsed.Action == RuleAction.Hook ? throw new FormatException("a hook cannot ask for a hook") : parsed;
        }
        catch (FormatException e)
        {
            throw new ReplacementException($"{item.Subject}: the hook answered '{text}': {e.Message}");
        }
    }

    private int Take(int fd, ReplacedFile item)
    {
        if (item.File.Payload.Length > 0)
        {
            warn($"{item.Subject} has {item.File.Payload.Length} unread bytes, which are lost: something else takes its place");
        }

        return fd;
    }

    private static int Repair(ReplacedFile item)
    {
        try
        {
            int fd = KeptConnection.Restore(item.File, out string why);
            return fd >= 0 ? fd : throw new ReplacementException($"{item.Subject} cannot be repaired: {why}; choose another policy");
        }
        catch (SyscallException e)
        {
            throw new ReplacementException(
                $"{item.Subject} cannot be repaired: {e.Message}; that needs CAP_NET_ADMIN, and the old address on this host");
        }
    }

    private static int Duplicate(RestartRule rule, ReplacedFile item)
    {
        int given = int.Parse(rule.Value, CultureInfo.InvariantCulture);

        // What this command itself has open is closed when it executes another program; what it was given is not.
        const int closeOnExec = 1, getDescriptorFlags = 1;
        long flags = Sys.Try(SyscallNumber.Fcntl, (ulong)given, getDescriptorFlags);
        return flags < 0 || (flags & closeOnExec) != 0
            ? throw new ReplacementException(
                $"'{rule.Source}': fd {given} is not open in this command; let the shell open it, as in {given}</some/file")
            : (int)Sys.Call(item.Subject, SyscallNumber.Fcntl, (ulong)given, DuplicateCloseOnExec, 3);
    }

    private static int Reconnect(ReplacedFile item)
    {
        byte[] address = ObjectDescription.PeerAddress(item.File);
        (int domain, int type) = ObjectDescription.SocketKind(item.File);
        if (item.Description.Kind == "unix" && address.Length <= sizeof(ushort))
        {
            throw new ReplacementException($"{item.Subject}: its other end has no address to connect to; reset it, or replace it");
        }

        return OutsideConnector.Connect(domain, type, address, item.Subject);
    }

    private static int ConnectTo(string text, ReplacedFile item)
    {
        (string host, int port) = RuleParser.Address(text);
        return OutsideConnector.Internet(host, port, ObjectDescription.SocketKind(item.File).Type, item.Subject);
    }

    private int OpenPath(string path, ReplacedFile item)
    {
        const int noFollow = 0x20000; // O_NOFOLLOW
        OpenFileDescription file = item.File;

        // Not waiting for the other end of a FIFO; the program's own flags are set afterwards.
        bool isStream = file.Kind is OpenFileKind.Pipe or OpenFileKind.NamedPipe or OpenFileKind.Stdio;
        bool mayMake = file.Kind == OpenFileKind.Stdio && (file.Flags & OpenFlags.AccessMode) != OpenFlags.ReadOnly;
        int flags = (file.Flags & ~Creation & ~noFollow) | (mayMake ? OpenFlags.Create : 0) | OpenFlags.NonBlocking | OpenFlags.CloseOnExec;
        long fd = Sys.TryOpen(path, flags, Readable);
        if (fd < 0)
        {
            throw new ReplacementException(
                $"{path}, which is to take the place of {item.Subject}, cannot be opened: {Marshal.GetPInvokeErrorMessage((int)-fd)}");
        }

        if (!isStream && FileStatus.TryOf(path, out FileStatus status) >= 0 && status.IsRegular && file.Offset != 0)
        {
            Sys.Call(path, SyscallNumber.Lseek, (ulong)fd, (ulong)file.Offset, SeekSet);
            if (status.Size < file.Offset)
            {
                warn($"{path}, which takes the place of {item.Subject}, has {status.Size} bytes; the program was at byte {file.Offset}");
            }
        }

        return (int)fd;
    }
}
