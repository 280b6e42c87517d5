using System.Runtime.InteropServices;
using Interpose.Agent.Abi;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;
using Interpose.Resources.Sharing;

namespace Interpose.Agent.Collect.Ipc;

/// <summary>Describes the System V objects of this process. Of several processes the one with the lowest pid saves contents.</summary>
internal sealed unsafe class IpcCollector(NativeState* state, int pid, HostPeers peers, IpcMembership members)
{
    private const int ReadOnly = 0x1000; // SHM_RDONLY
    private const int PopulateRead = 22; // MADV_POPULATE_READ
    private const int GetAll = 13, Status = 2; // GETALL, IPC_STAT
    private const int NoWait = 0x800, CopyMessage = 0x4000; // IPC_NOWAIT, MSG_COPY
    private const int NoMessage = 42; // ENOMSG
    private const int QueueBytes = 88; // msg_qbytes in struct msqid64_ds
    private const ulong PageSize = 4096;

    /// <summary>What this process tells the others.</summary>
    public static IEnumerable<SharedEntry> Shared(IpcMembership members)
    {
        foreach ((IpcKind kind, int id) in members.Ids)
        {
            yield return kind == IpcKind.Segment
                ? new SharedEntry(SharedInventory.ContentKey(SharedObject.SegmentDevice, (ulong)id), PageRange.Everything.ToValue())
                : new SharedEntry(Key(kind, id), 0);
        }
    }

    /// <exception cref="UnsupportedResourceException">One cannot be saved.</exception>
    public List<IpcObject> Collect(ContentStore contents) => [.. members.Ids.Select(i => Describe(i.Kind, i.Id, contents))];

    private static SharedKey Key(IpcKind kind, int id) => new(SharedKind.Ipc, (ulong)kind, (ulong)id);

    private IpcObject Describe(IpcKind kind, int id, ContentStore contents)
    {
        long Value(string column) => members.Table!.Value(kind, id, column);
        bool savedElsewhere = kind != IpcKind.Segment && peers.Of(Key(kind, id)).Any(p => p.Pid < pid);
        long size = kind switch
        {
            IpcKind.Segment => Value("size"),
            IpcKind.Semaphores => Value("nsems"),
            _ => QueueLimit(id),
        };
        return new IpcObject
        {
            Kind = kind,
            Id = id,
            Key = (int)Value("key"),
            Mode = (uint)Value("perms"),
            Uid = (uint)Value("uid"),
            Gid = (uint)Value("gid"),
            Size = size,
            AttachCount = kind == IpcKind.Segment ? (int)Value("nattch") : 0,
            ContentObject = kind == IpcKind.Segment ? Content(id, size, Value("swap") != 0, contents) : 0,
            Values = kind == IpcKind.Semaphores ? Semaphores(id, size) : [],
            Messages = kind == IpcKind.Queue && !savedElsewhere ? Messages(id, Value("cbytes"), Value("qnum")) : [],
            Undo = kind == IpcKind.Semaphores ? Undo(id) : [],
            ReadOnlyAttachments = kind == IpcKind.Segment ? ReadOnlyAttachments(id) : [],
            OwnAttachCount = kind == IpcKind.Segment ? members.Attachments.Count(a => a.Inode == (ulong)id) : 0,
        };
    }

    /// <summary>Copied from an attachment of our own, since the program's may be partial; for a moment only.</summary>
    private static int Content(int id, long size, bool isSwapped, ContentStore contents)
    {
        var item = new SharedObject
        {
            Kind = SharedObjectKind.Segment,
            Name = $"System V segment {id}",
            Size = size,
            Device = SharedObject.SegmentDevice,
            Inode = (ulong)id,
        };
        long address = Sys.Try(SyscallNumber.Shmat, (ulong)id, 0, ReadOnly);
        if (address < 0)
        {
            throw new UnsupportedResourceException(
                $"the System V segment {id} cannot be read (errno {-address}); let the program detach or remove it, then try again");
        }

        ulong length = ((ulong)size + PageSize - 1) & ~(PageSize - 1);
        if (isSwapped)
        {
            // What is swapped out would look like what has never been written.
            Sys.Try(SyscallNumber.Madvise, (ulong)address, length, PopulateRead);
        }

        contents.AddMapped(
            item, [new MapEntry { Start = (ulong)address, End = (ulong)address + length, Permissions = "r--s", Name = item.Name }]);
        Sys.Try(SyscallNumber.Shmdt, (ulong)address);
        return contents.Find(item.Device, item.Inode);
    }

    private byte[] ReadOnlyAttachments(int id)
    {
        const string mayWrite = "mw";
        ulong[] bases =
        [
            .. members.Attachments.Where(a => a.Inode == (ulong)id && a.Flags.Length > 0 && !a.Has(mayWrite))
                .Select(a => a.Start - a.Offset).Distinct(),
        ];
        return MemoryMarshal.AsBytes<ulong>(bases).ToArray();
    }

    private static byte[] Semaphores(int id, long count)
    {
        byte[] values = new byte[2 * count];
        fixed (byte* v = values)
        {
            long outcome = Sys.Try(SyscallNumber.Semctl, (ulong)id, 0, GetAll, (ulong)v);
            return outcome >= 0 ? values : throw Unreadable("semaphores", id, outcome);
        }
    }

    private byte[] Undo(int id)
    {
        var pairs = new List<int>();
        NativeObjects* noted = state->Objects;
        for (uint i = 0; noted != null && i < Math.Min(noted->UndoCount, NativeObjects.MaxUndo); i++)
        {
            NativeIpcUndo undo = noted->Undo[i];
            if (undo.Id == id && undo.Adjust != 0)
            {
                pairs.Add((int)undo.Number);
                pairs.Add((int)undo.Adjust);
            }
        }

        return MemoryMarshal.AsBytes<int>(CollectionsMarshal.AsSpan(pairs)).ToArray();
    }

    private static long QueueLimit(int id)
    {
        byte* status = stackalloc byte[256];
        long outcome = Sys.Try(SyscallNumber.Msgctl, (ulong)id, Status, (ulong)status);
        return outcome >= 0 ? *(long*)(status + QueueBytes) : throw Unreadable("message queue", id, outcome);
    }

    /// <summary>MSG_COPY leaves the messages where they are (msgrcv(2)); in a kernel without it, nothing is taken.</summary>
    private static List<byte[]> Messages(int id, long bytes, long count)
    {
        var messages = new List<byte[]>();
        byte[] buffer = new byte[8 + bytes];
        fixed (byte* b = buffer)
        {
            for (long index = 0; index < count; index++)
            {
                long n = Sys.Try(SyscallNumber.Msgrcv, (ulong)id, (ulong)b, (ulong)bytes, (ulong)index, NoWait | CopyMessage);
                if (n == -NoMessage)
                {
                    break;
                }

                messages.Add(n >= 0 ? buffer[..(int)(8 + n)] : throw Unreadable("message queue", id, n));
            }
        }

        return messages;
    }

    private static UnsupportedResourceException Unreadable(string what, int id, long outcome) => new(
        $"the System V {what} {id} cannot be read (errno {-outcome}); let the program remove it, then try again");
}
