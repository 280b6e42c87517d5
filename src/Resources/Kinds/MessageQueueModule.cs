using System.Buffers.Binary;
using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Resources.Queues;

namespace Interpose.Resources.Kinds;

/// <summary>POSIX message queues (mq_overview(7)), with their messages, in an IPC namespace of the restart.</summary>
public sealed class MessageQueueModule : ResourceModule
{
    private const string MaxMessages = "maxmsg", MessageSize = "msgsize";
    private const long FileSystem = 0x19800202; // MQUEUE_MAGIC
    private const uint PermissionBits = 0xfff;
    private const long UsualMessages = 10, UsualSize = 8192; // /proc/sys/fs/mqueue of a new namespace

    public override OpenFileKind Kind => OpenFileKind.MessageQueue;

    public override unsafe bool Claims(DescriptorFacts facts)
    {
        if (!facts.Status.IsRegular || (facts.Path.LastIndexOf('/') != 0 && !facts.Path.StartsWith("/dev/mqueue/", StringComparison.Ordinal)))
        {
            return false;
        }

        long* status = stackalloc long[32];
        fixed (byte* path = Sys.Path(facts.Link))
        {
            return Sys.Try(SyscallNumber.Statfs, (ulong)path, (ulong)status) >= 0 && status[0] == FileSystem;
        }
    }

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        using QueueReader queue = Open(facts, context);
        byte[] messages = queue.ReadAll();
        var extra = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [MaxMessages] = queue.Attributes.MaxMessages.ToString(CultureInfo.InvariantCulture),
            [MessageSize] = queue.Attributes.MessageSize.ToString(CultureInfo.InvariantCulture),
        };
        return DiscoveryContext.Common(facts, Kind, extra: extra, payload: messages);
    }

    public override OpenFileDescription DescribeShared(DescriptorFacts facts, DiscoveryContext context)
    {
        using QueueReader queue = Open(facts, context);
        return base.DescribeShared(facts, context);
    }

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        string key = $"mq:{file.Device}:{file.Inode}";
        if (!context.Shared.TryGetValue(key, out int queue))
        {
            queue = context.Shared[key] = Create(file, context.Program);
        }

        return context.Reopen(queue, file);
    }

    /// <exception cref="UnsupportedResourceException">Somebody is to be notified of a message.</exception>
    private static QueueReader Open(DescriptorFacts facts, DiscoveryContext context)
    {
        var queue = new QueueReader(facts, context.Pid);
        int pid = queue.Notification.Pid;
        if (pid == 0)
        {
            return queue;
        }

        queue.Dispose();
        throw new UnsupportedResourceException(
            $"the message queue {facts.Path} (fd {facts.Fd}) has a notification (mq_notify) of process {pid}, which cannot be "
            + "checkpointed; let the program end it, then try again");
    }

    private static int Create(OpenFileDescription file, ProgramBuilder program)
    {
        long maximum = long.Parse(file.Extra[MaxMessages], CultureInfo.InvariantCulture);
        long size = long.Parse(file.Extra[MessageSize], CultureInfo.InvariantCulture);
        Raise(program, "msg_max", maximum, UsualMessages);
        Raise(program, "msgsize_max", size, UsualSize);

        // The system call wants the name without its slash. A removed queue has none that could collide with another's.
        string name = file.Deleted ? $"interpose.{file.Inode}" : Path.GetFileName(file.Path);
        const int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NonBlocking | OpenFlags.CloseOnExec;
        int queue = program.Syscall(
            $"create message queue {file.Path}", SyscallNumber.MqOpen,
            [program.Text(name), flags, file.Mode & PermissionBits, program.Data<long>([0, maximum, size, 0, 0, 0, 0, 0])], keep: true);
        program.Syscall($"mode of {file.Path}", SyscallNumber.Fchmod, [Argument.Slot(queue), file.Mode & PermissionBits], Expectation.Warn);
        ReadOnlySpan<byte> rest = file.Payload;
        while (rest.Length >= 8)
        {
            uint priority = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
            program.Syscall(
                $"message in {file.Path}", SyscallNumber.MqTimedsend,
                [Argument.Slot(queue), program.Data(rest.Slice(8, length)), length, priority, 0]);
            rest = rest[(8 + length)..];
        }

        if (file.Deleted)
        {
            program.Syscall($"remove message queue {file.Path}", SyscallNumber.MqUnlink, [program.Text(name)]);
        }

        return queue;
    }

    private static void Raise(ProgramBuilder program, string limit, long needed, long usual)
    {
        if (needed <= usual)
        {
            return;
        }

        byte[] text = System.Text.Encoding.ASCII.GetBytes(needed.ToString(CultureInfo.InvariantCulture));
        string path = $"/proc/sys/fs/mqueue/{limit}";
        int fd = program.Syscall($"open {path}", SyscallNumber.Open, [program.Text(path), OpenFlags.WriteOnly], Expectation.Any, keep: true);
        program.Syscall($"write {path}", SyscallNumber.Write, [Argument.Slot(fd), program.Data(text), text.Length], Expectation.Any);
        program.Syscall($"close {path}", SyscallNumber.Close, [Argument.Slot(fd)], Expectation.Any);
    }
}
