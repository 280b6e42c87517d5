using System.Runtime.CompilerServices;

namespace Interpose.Images.Metadata;

/// <summary>
/// Checks that metadata which parsed also makes sense, so that the code behind it may use indexes, sizes and addresses
/// without looking again.
/// </summary>
internal static class MetadataValidator
{
    public static void Check(ProcessMetadata process, string subject)
    {
        var check = new Checker(subject);
        CheckProcess(process, check);
        CheckSignals(process.Signals, check);
        CheckThreads(process, check);
        CheckFiles(process, check);
        CheckIpc(process, check);
        CheckTerminal(process.Terminal, check);
    }

    private static void CheckProcess(ProcessMetadata process, Checker check)
    {
        check.That(process.Identity.Pid > 0, $"process id {process.Identity.Pid}, expected a positive number");
        ProcessIdentity identity = process.Identity;
        check.That(
            identity.ParentPid >= 0 && identity.ProcessGroup >= 0 && identity.Session >= 0
                && identity.ExitSignal is >= 0 and <= MetadataLimits.Signals,
            $"parent {identity.ParentPid}, process group {identity.ProcessGroup}, session {identity.Session}, exit signal {identity.ExitSignal}");
        int limits = process.Attributes.ResourceLimits.Count;
        check.That(
            limits is 0 or MetadataLimits.ResourceLimits,
            $"{limits} resource limits, expected {MetadataLimits.ResourceLimits}");
        MemoryLayout memory = process.Memory;
        check.Range(memory.Vdso.Start, memory.Vdso.End, "vdso");
        check.Range(memory.StartBreak, memory.Break, "brk heap");
        check.Range(memory.ArgumentStart, memory.ArgumentEnd, "argument area");
        check.Range(memory.EnvironmentStart, memory.EnvironmentEnd, "environment area");
        check.Address(process.Shim.Address, "shim state");
    }

    private static void CheckSignals(SignalMetadata signals, Checker check)
    {
        check.That(
            signals.Actions.Count is 0 or MetadataLimits.Signals,
            $"{signals.Actions.Count} signal dispositions, expected {MetadataLimits.Signals}");
        check.That(
            signals.IntervalTimers.Count is 0 or MetadataLimits.IntervalTimers,
            $"{signals.IntervalTimers.Count} interval timers, expected {MetadataLimits.IntervalTimers}");
        CheckPending(signals.SharedPending, check);
    }

    private static void CheckThreads(ProcessMetadata process, Checker check)
    {
        check.That(process.Threads.Count > 0, $"no threads, expected at least the main thread");
        var tids = new HashSet<int>();
        foreach (ThreadMetadata thread in process.Threads)
        {
            check.That(thread.Tid > 0, $"thread id {thread.Tid}, expected a positive number");
            check.That(tids.Add(thread.Tid), $"thread {thread.Tid} appears twice");
            check.Address(thread.ContextAddress, "context", thread.Tid);
            check.Address(thread.FsBase, "FS base", thread.Tid);
            check.Address(thread.GsBase, "GS base", thread.Tid);
            check.Address(thread.ClearChildTid, "clear_child_tid", thread.Tid);
            check.Address(thread.RobustList, "robust list", thread.Tid);
            check.Address(thread.RseqAddress, "rseq area", thread.Tid);
            CheckPending(thread.Pending, check);
        }

        check.That(
            process.Threads[0].Tid == process.Identity.Pid,
            $"first thread {process.Threads[0].Tid}, expected the main thread {process.Identity.Pid}");
    }

    private static void CheckPending(IReadOnlyList<byte[]> pending, Checker check)
    {
        foreach (byte[] info in pending)
        {
            check.That(
                info.Length == MetadataLimits.SigInfoBytes,
                $"a pending signal of {info.Length} bytes, expected {MetadataLimits.SigInfoBytes}");
        }
    }

    private static void CheckFiles(ProcessMetadata process, Checker check)
    {
        OpenFileTable files = process.Files;
        foreach (OpenFileDescription file in files.Descriptions)
        {
            check.That(
                file.ContentObject >= 0 && file.ContentObject <= process.SharedObjects.Count,
                $"open file {file.Path} refers to content object {file.ContentObject} of {process.SharedObjects.Count}");
            check.That(
                file.OwnerPid >= 0 && file.OwnerDescriptor >= 0 && file.OwnerPid != process.Identity.Pid,
                $"open file {file.Path} is described by descriptor {file.OwnerDescriptor} of process {file.OwnerPid}");
            check.That(file.Size >= 0, $"open file {file.Path} has size {file.Size}");
        }

        var numbers = new HashSet<int>();
        foreach (FileDescriptor descriptor in files.Descriptors)
        {
            check.That(
                descriptor.Description >= 0 && descriptor.Description < files.Descriptions.Count,
                $"descriptor {descriptor.Number} refers to open file {descriptor.Description} of {files.Descriptions.Count}");
            check.That(descriptor.Number >= 0, $"descriptor {descriptor.Number}, expected 0 or more");
            check.That(numbers.Add(descriptor.Number), $"descriptor {descriptor.Number} appears twice");
        }

        foreach (ZombieChild zombie in process.Zombies)
        {
            check.That(
                zombie.Pid > 0 && zombie.ProcessGroup >= 0 && zombie.Session >= 0 && zombie.ExitSignal is >= 0 and <= MetadataLimits.Signals,
                $"an ended child {zombie.Pid} of group {zombie.ProcessGroup}, session {zombie.Session}, exit signal {zombie.ExitSignal}");
        }

        foreach (SharedObject item in process.SharedObjects)
        {
            check.That(item.Size >= 0, $"shared object {item.Name} has size {item.Size}");
        }
    }

    private static void CheckTerminal(ControllingTerminal terminal, Checker check)
    {
        const int settings = 44, size = 8; // struct termios2, struct winsize
        check.That(
            terminal.Settings.Length is 0 or settings && terminal.WindowSize.Length is 0 or size && terminal.Foreground >= 0,
            $"a terminal with {terminal.Settings.Length} bytes of settings, {terminal.WindowSize.Length} of size, foreground {terminal.Foreground}");
    }

    private static void CheckIpc(ProcessMetadata process, Checker check)
    {
        const int semaphoreLimit = 65536, typeSize = 8, wordSize = 8;
        foreach (IpcObject item in process.Ipc)
        {
            check.That(
                item.Kind is IpcKind.Segment or IpcKind.Semaphores or IpcKind.Queue, $"an IPC object of the unknown kind {(int)item.Kind}");
            check.That(item.Id >= 0, $"IPC object {item.Id}, expected 0 or more");
            check.That(item.Size >= 0, $"IPC object {item.Id} has size {item.Size}");
            check.That(
                item.ContentObject >= 0 && item.ContentObject <= process.SharedObjects.Count
                    && (item.ContentObject != 0) == (item.Kind == IpcKind.Segment),
                $"IPC object {item.Id} refers to content object {item.ContentObject} of {process.SharedObjects.Count}");
            check.That(
                item.Kind != IpcKind.Semaphores || (item.Size <= semaphoreLimit && item.Values.Length == 2 * item.Size),
                $"{item.Values.Length} bytes of values of {item.Size} semaphores");
            check.That(
                item.Undo.Length % wordSize == 0 && item.ReadOnlyAttachments.Length % wordSize == 0,
                $"IPC object {item.Id} has a list of {item.Undo.Length} and {item.ReadOnlyAttachments.Length} bytes");
            foreach (byte[] message in item.Messages)
            {
                check.That(message.Length >= typeSize, $"a message of {message.Length} bytes, expected its type at least");
            }
        }
    }

    private readonly struct Checker(string subject)
    {
        public void That(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] FailureText found)
        {
            if (!condition)
            {
                throw new ImageException(
                    $"{subject}: metadata contradicts itself: {found.ToString()}; use another checkpoint");
            }
        }

        public void Address(ulong address, string what, int tid = 0) =>
            That(
                address < MetadataLimits.UserAddressEnd,
                $"{what}{(tid == 0 ? "" : $" of thread {tid}")} at 0x{address:x}, not a user address");

        public void Range(ulong start, ulong end, string what)
        {
            Address(start, what);
            That(
                end >= start && end <= MetadataLimits.UserAddressEnd,
                $"{what} from 0x{start:x} to 0x{end:x}");
        }
    }
}
