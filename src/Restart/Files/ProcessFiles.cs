using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;
using Interpose.Resources.Program;

namespace Interpose.Restart.Files;

/// <summary>A process's fds: the supervisor's descriptions get their numbers, and what refers to numbers is made.</summary>
internal sealed class ProcessFiles(ProgramBuilder program, ProcessMetadata process, HostFiles host)
{
    public void Place()
    {
        int[] slots = new int[process.Files.Descriptions.Count];
        for (int i = 0; i < slots.Length; i++)
        {
            MergedFile merged = host.Merged.Of(process, i);
            slots[i] = merged.IsAboutProcess ? host.Create(program, merged) : merged.Slot;
        }

        int next = 0;
        foreach (FileDescriptor fd in process.Files.Descriptors.Where(d => !d.IsQueued).OrderBy(d => d.Number))
        {
            Close(next, fd.Number - 1);
            string path = process.Files.Descriptions[fd.Description].Path;
            int slot = host.SlotOf(host.Merged.Of(process, fd.Description), slots[fd.Description], fd.Number);
            program.Syscall(
                $"fd {fd.Number} is {path}", SyscallNumber.Dup3,
                [Argument.Slot(slot), fd.Number, fd.CloseOnExec ? OpenFlags.CloseOnExec : 0]);
            next = fd.Number + 1;
        }

        Close(next, uint.MaxValue);
        Refill();
    }

    private void Refill()
    {
        var done = new HashSet<int>();
        foreach (FileDescriptor fd in process.Files.Descriptors.Where(d => !d.IsQueued).OrderBy(
            d => ModuleRegistry.For(process.Files.Descriptions[d.Description].Kind)!.RefillOrder))
        {
            if (done.Add(fd.Description))
            {
                MergedFile merged = host.Merged.Of(process, fd.Description);
                OpenFileDescription own = process.Files.Descriptions[fd.Description];
                ModuleRegistry.For(own.Kind)!.Refill(own, fd.Number, host.ContextFor(program, process, merged), merged.Owner == process);
            }
        }
    }

    private void Close(long from, long to)
    {
        if (from <= to)
        {
            program.Syscall("close what is not the program's", SyscallNumber.CloseRange, [from, to, 0]);
        }
    }
}
