using System.Globalization;
using System.Runtime.InteropServices;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>
/// System V IPC: the objects get their ids, keys and contents again, in an IPC namespace of their own, where nobody else
/// has them and where ids may be chosen (ipc_namespaces(7)).
/// </summary>
internal sealed class IpcCompiler(IReadOnlyList<ProcessMetadata> processes, Action<string> warn)
{
    private const uint NewIpc = 0x08000000; // CLONE_NEWIPC
    private const int CreateExclusively = 0x600; // IPC_CREAT | IPC_EXCL
    private const int Set = 1; // IPC_SET
    private const int SetAll = 17; // SETALL
    private const int SegmentLock = 11; // SHM_LOCK
    private const uint PermissionBits = 0x1ff, Locked = 0x400; // SHM_LOCKED
    private const int NoWait = 0x800; // IPC_NOWAIT
    private const long DefaultMessage = 8192, DefaultQueue = 16384; // msgmax, msgmnb of a new namespace

    /// <summary>Each object once; of a queue the record that has its messages.</summary>
    private readonly List<IpcObject> _objects =
    [
        .. processes.SelectMany(p => p.Ipc).GroupBy(o => (o.Kind, o.Id)).Select(g => g.MaxBy(o => o.Messages.Count)!)
            .OrderBy(o => o.Kind).ThenBy(o => o.Id),
    ];

    /// <summary>For unshare(2); 0 when the computation has neither System V objects nor POSIX message queues.</summary>
    public uint NamespaceFlag =>
        _objects.Count > 0 || processes.Any(p => p.Files.Descriptions.Any(d => d.Kind == OpenFileKind.MessageQueue)) ? NewIpc : 0;

    /// <summary>In the supervisor, in the new namespace: all objects. Segments are filled by who has their content.</summary>
    public void Create(ProgramBuilder program)
    {
        RaiseLimits(program);
        foreach (IpcObject item in _objects)
        {
            (string limit, SyscallNumber call, Argument size) = item.Kind switch
            {
                IpcKind.Segment => ("shm", SyscallNumber.Shmget, (Argument)item.Size),
                IpcKind.Semaphores => ("sem", SyscallNumber.Semget, item.Size),
                _ => ("msg", SyscallNumber.Msgget, 0),
            };
            string name = $"{item.Kind.ToString().ToLowerInvariant()} {item.Id}";
            NamespaceCompiler.WriteFile(
                program, $"/proc/sys/kernel/{limit}_next_id", item.Id.ToString(CultureInfo.InvariantCulture));
            Argument flags = (CreateExclusively | item.Mode) & (CreateExclusively | PermissionBits);
            program.Syscall(
                $"create System V {name}", call, item.Kind == IpcKind.Queue ? [item.Key, flags] : [item.Key, size, flags],
                Expectation.Value, item.Id);
            Fill(program, item, name);
        }

        WarnOfOthers();
    }

    private static void Fill(ProgramBuilder program, IpcObject item, string name)
    {
        Argument status = program.Data(Status(item));
        switch (item.Kind)
        {
            case IpcKind.Segment:
                program.Syscall($"owner of {name}", SyscallNumber.Shmctl, [item.Id, Set, status], Expectation.Warn);
                if ((item.Mode & Locked) != 0)
                {
                    program.Syscall($"lock {name}", SyscallNumber.Shmctl, [item.Id, SegmentLock, 0], Expectation.Warn);
                }

                break;
            case IpcKind.Semaphores:
                program.Syscall($"values of {name}", SyscallNumber.Semctl, [item.Id, 0, SetAll, program.Data(item.Values)]);
                program.Syscall($"owner of {name}", SyscallNumber.Semctl, [item.Id, 0, Set, status], Expectation.Warn);
                break;
            default:
                program.Syscall($"owner of {name}", SyscallNumber.Msgctl, [item.Id, Set, status], Expectation.Warn);
                foreach (byte[] message in item.Messages)
                {
                    program.Syscall(
                        $"message in {name}", SyscallNumber.Msgsnd, [item.Id, program.Data(message), message.Length - 8, NoWait]);
                }

                break;
        }
    }

    /// <summary>In a process: what its end would undo (semop(2), SEM_UNDO). The value passes through a sum of zero.</summary>
    public static void RestoreUndo(ProgramBuilder program, ProcessMetadata process)
    {
        const short undo = 0x1000; // SEM_UNDO
        foreach (IpcObject item in process.Ipc.Where(o => o.Undo.Length > 0))
        {
            ReadOnlySpan<int> pairs = MemoryMarshal.Cast<byte, int>(item.Undo);
            for (int i = 0; i + 1 < pairs.Length; i += 2)
            {
                short number = (short)pairs[i], adjust = (short)pairs[i + 1];

                // struct sembuf: number, operation, flags. Up comes first, so that nothing waits.
                short[] operations = adjust > 0
                    ? [number, adjust, 0, number, (short)-adjust, undo]
                    : [number, (short)-adjust, undo, number, adjust, 0];
                program.Syscall(
                    $"undo value of semaphore {number} of {item.Id}", SyscallNumber.Semop,
                    [item.Id, program.Data<short>(operations), 2], Expectation.Warn);
            }
        }
    }

    private void RaiseLimits(ProgramBuilder program)
    {
        long message = _objects.SelectMany(o => o.Messages).Select(m => m.Length - 8L).DefaultIfEmpty(0).Max();
        long queue = _objects.Where(o => o.Kind == IpcKind.Queue).Select(o => o.Size).DefaultIfEmpty(0).Max();
        Raise(program, "msgmax", message, DefaultMessage);
        Raise(program, "msgmnb", queue, DefaultQueue);
    }

    private static void Raise(ProgramBuilder program, string name, long needed, long usual)
    {
        if (needed > usual)
        {
            NamespaceCompiler.WriteFile(
                program, $"/proc/sys/kernel/{name}", needed.ToString(CultureInfo.InvariantCulture), Expectation.Warn);
        }
    }

    /// <summary>struct msqid64_ds, whose beginning the other two kinds share: IPC_SET looks at owner, mode, msg_qbytes.</summary>
    private static byte[] Status(IpcObject item)
    {
        byte[] status = new byte[128];
        MemoryMarshal.Write(status.AsSpan(4), item.Uid);
        MemoryMarshal.Write(status.AsSpan(8), item.Gid);
        MemoryMarshal.Write(status.AsSpan(20), item.Mode & PermissionBits);
        if (item.Kind == IpcKind.Queue)
        {
            MemoryMarshal.Write(status.AsSpan(88), item.Size);
        }

        return status;
    }

    private void WarnOfOthers()
    {
        foreach (IpcObject item in _objects.Where(o => o.Kind == IpcKind.Segment))
        {
            int own = processes.Sum(p => SegmentCompiler.CountAttachments(p, item.Id));
            if (item.AttachCount > own)
            {
                warn($"the System V segment {item.Id} was attached by processes outside the computation; they do not see the restored one");
            }
        }
    }
}
