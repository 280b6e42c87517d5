using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Inotify;

/// <summary>
/// Events that nobody had read cannot be written into a new queue. inotify(7) has a word for lost events, which every
/// careful program answers by looking for itself: IN_Q_OVERFLOW. The kernel says it when the queue is full: the queue is
/// filled with events of our own, and those are read again.
/// </summary>
internal static class InotifyOverflow
{
    private const uint Access = 1; // IN_ACCESS
    private const int EventSize = 16; // struct inotify_event without a name
    private const int Limit = 32768;
    private const int ReadWrite = 3, PrivateAnonymous = 0x22;

    /// <summary>False: the queue of this machine is longer than is reasonable to fill.</summary>
    public static bool Provoke(int fd, ProgramBuilder program)
    {
        if (!int.TryParse(Sys.ReadText("/proc/sys/fs/inotify/max_queued_events").Trim(), out int length) || length is <= 0 or > Limit)
        {
            return false;
        }

        // Two files by turns, for an event that equals the last one is not queued again.
        (int File, int Watch) first = Watched(fd, program), second = Watched(fd, program);
        Argument scratch = program.Data(new byte[8]);
        for (int i = 0; i <= length; i++)
        {
            program.Syscall(
                "fill the queue of events", SyscallNumber.Pread64, [Argument.Slot((i % 2 == 0 ? first : second).File), scratch, 1, 0]);
        }

        foreach ((int file, int watch) in new[] { first, second })
        {
            program.Syscall("remove the watch", SyscallNumber.InotifyRmWatch, [fd, Argument.Slot(watch)]);
            program.Syscall("close the file", SyscallNumber.Close, [Argument.Slot(file)]);
        }

        int memory = program.Syscall(
            "memory for events", SyscallNumber.Mmap, [0, length * EventSize, ReadWrite, PrivateAnonymous, -1, 0], keep: true);
        program.Syscall(
            "leave only IN_Q_OVERFLOW in the queue", SyscallNumber.Read, [fd, Argument.Slot(memory), length * EventSize],
            Expectation.Value, length * EventSize);
        program.Syscall("release it", SyscallNumber.Munmap, [Argument.Slot(memory), length * EventSize]);
        return true;
    }

    private static (int File, int Watch) Watched(int fd, ProgramBuilder program)
    {
        int file = program.Syscall("create a file to watch", SyscallNumber.MemfdCreate, [program.Text("events"), 1], keep: true);
        program.Syscall("one byte to read", SyscallNumber.Ftruncate, [Argument.Slot(file), 1]);
        Argument path = program.Data("/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0\0"u8);
        program.Add(
            OperationKind.Format, "its name", 0, [new Argument(path.Value + 14, ArgumentMode.Data), Argument.Slot(file)]);
        int watch = program.Syscall("watch it", SyscallNumber.InotifyAddWatch, [fd, path, Access], keep: true);

        // The description that memfd_create made is exempt from notification, like all that were not opened by a path.
        int opened = program.Syscall("open it by its name", SyscallNumber.Open, [path, OpenFlags.CloseOnExec], keep: true);
        program.Syscall("close the other", SyscallNumber.Close, [Argument.Slot(file)]);
        return (opened, watch);
    }
}
