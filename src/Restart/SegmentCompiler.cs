using System.Runtime.InteropServices;
using Interpose.Images;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>Attaches System V segments in one process where they were (shmat(2)).</summary>
internal sealed class SegmentCompiler(ProgramBuilder program, ImageReader image)
{
    private const string Prefix = "/SYSV"; // the name of such a mapping, proc_pid_maps(5)
    private const int ReadOnly = 0x1000, Execute = 0x8000; // SHM_RDONLY, SHM_EXEC
    private const int Remove = 0; // IPC_RMID
    private const uint Removed = 0x200; // SHM_DEST
    private const uint ProtWrite = 2, ProtExecute = 4;
    private const ulong PageSize = 4096;

    private readonly ProcessMetadata _process = image.Metadata;

    public static bool IsSegment(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>How often a process has a segment attached, as the kernel counts it: each mapping.</summary>
    public static int CountAttachments(ProcessMetadata process, int id) =>
        process.Ipc.Where(o => o.Kind == IpcKind.Segment && o.Id == id).Sum(o => o.OwnAttachCount);

    /// <summary>Before anything else is mapped. Parts that were unmapped or protected since are so again.</summary>
    public void Attach()
    {
        var attachments = image.Vmas.ToArray().Where(v => v.Shared != 0 && IsSegment(image.NameOf(v)))
            .GroupBy(v => (v.Inode, Base: v.Start - v.FileOffset));
        foreach (var attachment in attachments)
        {
            int id = (int)attachment.Key.Inode;
            ulong start = attachment.Key.Base;
            IpcObject item = _process.Ipc.First(o => o.Kind == IpcKind.Segment && o.Id == id);
            ulong length = ((ulong)item.Size + PageSize - 1) & ~(PageSize - 1);
            bool readOnly = MemoryMarshal.Cast<byte, ulong>(item.ReadOnlyAttachments).Contains(start);
            bool executable = attachment.Any(v => (v.Protection & ProtExecute) != 0);
            int flags = (readOnly ? ReadOnly : 0) | (executable ? Execute : 0);
            program.Syscall(
                $"attach System V segment {id} at {start:x}", SyscallNumber.Shmat, [id, start, flags], Expectation.Value, (long)start);
            Restrict(start, length, readOnly, executable, attachment.OrderBy(v => v.Start));
            if ((item.Mode & Removed) != 0)
            {
                // Marked again: it goes with its last attachment. Others may still attach it by its id (shmctl(2)).
                program.Syscall($"remove System V segment {id}", SyscallNumber.Shmctl, [id, Remove, 0]);
            }
        }
    }

    /// <summary>A second attachment, to fill a segment from the image.</summary>
    public void AttachToFill(SharedObject item, ulong address) =>
        program.Syscall(
            $"attach {item.Name} to fill it", SyscallNumber.Shmat, [item.Inode, address, 0], Expectation.Value, (long)address);

    public void Detach(ulong address) => program.Syscall("detach what has been filled", SyscallNumber.Shmdt, [address]);

    private void Restrict(ulong start, ulong length, bool readOnly, bool executable, IEnumerable<ImageVma> parts)
    {
        ulong at = start;
        uint given = 1 | (readOnly ? 0 : ProtWrite) | (executable ? ProtExecute : 0);
        foreach (ImageVma part in parts)
        {
            Unmap(at, part.Start);
            if (part.Protection != given)
            {
                program.Syscall($"protect {part.Start:x}", SyscallNumber.Mprotect, [part.Start, part.Length, part.Protection]);
            }

            at = part.End;
        }

        Unmap(at, start + length);
    }

    private void Unmap(ulong from, ulong to)
    {
        if (from < to)
        {
            program.Syscall($"unmap {from:x}", SyscallNumber.Munmap, [from, to - from]);
        }
    }
}
