using System.Globalization;
using System.Text;
using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Restart.Files;
using Interpose.Restart.Terminals;
using Interpose.Restart.Tree;

namespace Interpose.Restart;

/// <summary>Compiles what runs inside the new process, until its threads go on.</summary>
internal sealed class ProcessCompiler(
    ProgramBuilder program, ImageReader image, HostFiles files, HostFacts host, RestartTarget target, OuterTerminal terminal)
{
    private const int PrSetPdeathsig = 1, PrSetDumpable = 4, PrSetMm = 35, PrSetMmMap = 14, PrSetChildSubreaper = 36,
        PrSetNoNewPrivs = 38;

    private const int FixedPrivateAnonymous = 0x32, ReadWrite = 3;

    private readonly ProcessMetadata _process = image.Metadata;

    public void Compile()
    {
        int imageFd = files.Raise(program, "image", program.Syscall(
            $"open {image.Path}", SyscallNumber.Open, [program.Text(Path.GetFullPath(image.Path)), OpenFlags.CloseOnExec], keep: true));
        var vdso = new VdsoCompiler(program, host, _process.Memory.Vdso);
        var memory = new MemoryCompiler(program, image, imageFd, content => files.ContentOf(_process, content));
        var threads = new ThreadCompiler(program, new CredentialsCompiler(program, host, _process.Credentials, _process.Attributes.Dumpable == 1));
        var signals = new SignalCompiler(program, host, _process.Signals);
        vdso.SetAside();
        memory.UnmapAll();
        memory.AttachSegments();
        memory.Map();
        memory.Load();
        memory.Finish();
        vdso.PutBack();
        Layout();
        TreeCompiler.AwaitContents(program, target.ProcessCount);
        terminal.GiveTo(_process, program);
        new ProcessFiles(program, _process, files).Place();
        Attributes();
        signals.Dispositions();
        RestartInformation();
        IpcCompiler.RestoreUndo(program, _process);
        Threads(threads);
        ThreadMetadata main = _process.Threads[0];
        threads.ThreadPointer(main);
        program.Syscall("register clear_child_tid", SyscallNumber.SetTidAddress, [main.ClearChildTid]);
        threads.Register(main);
        if (_process.Attributes.ParentDeathSignal != 0)
        {
            program.Syscall("parent death signal", SyscallNumber.Prctl, [PrSetPdeathsig, _process.Attributes.ParentDeathSignal]);
        }

        signals.Timers();
        TreeCompiler.Arrive(program);
        threads.Jump(main);
    }

    private void Layout()
    {
        MemoryLayout m = _process.Memory;
        int exe = program.Syscall(
            $"open {_process.Identity.Executable}", SyscallNumber.Open,
            [program.Text(_process.Identity.Executable), OpenFlags.CloseOnExec], keep: true);

        // struct prctl_mm_map, linux/prctl.h; the fd and the address of the vector are known when it runs.
        Argument vector = program.Data(m.AuxiliaryVector);
        ulong[] fields =
        [
            m.StartCode, m.EndCode, m.StartData, m.EndData, m.StartBreak, m.Break, m.StartStack,
            m.ArgumentStart, m.ArgumentEnd, m.EnvironmentStart, m.EnvironmentEnd, 0, (uint)m.AuxiliaryVector.Length,
        ];
        Argument map = program.Data<ulong>(fields);
        Argument At(int offset) => new(map.Value + (ulong)offset, ArgumentMode.Data);
        program.Add(OperationKind.Store, "auxiliary vector", 8, [At(88), vector]);
        program.Add(OperationKind.Store, "executable", 4, [At(100), Argument.Slot(exe)]);
        program.Syscall(
            "tell the kernel the program's layout", SyscallNumber.Prctl, [PrSetMm, PrSetMmMap, map, fields.Length * 8, 0]);
    }

    private void Attributes()
    {
        ProcessIdentity identity = _process.Identity;
        ProcessAttributes a = _process.Attributes;
        program.Syscall($"change to directory {identity.WorkingDirectory}", SyscallNumber.Chdir, [program.Text(identity.WorkingDirectory)]);
        program.Syscall("umask", SyscallNumber.Umask, [a.Umask]);
        program.Syscall("personality", SyscallNumber.Personality, [a.Personality]);
        program.Syscall("child subreaper", SyscallNumber.Prctl, [PrSetChildSubreaper, a.ChildSubreaper ? 1 : 0]);
        for (int resource = 0; resource < a.ResourceLimits.Count; resource++)
        {
            ResourceLimit limit = a.ResourceLimits[resource];
            program.Syscall(
                $"resource limit {resource}", SyscallNumber.Prlimit64,
                [0, resource, program.Data<ulong>([limit.Soft, limit.Hard]), 0], Expectation.Warn);
        }

        for (int bit = 0; bit < 32; bit++)
        {
            uint command = a.MembarrierRegistrations & (1u << bit);
            if (command != 0)
            {
                program.Syscall($"membarrier registration {command}", SyscallNumber.Membarrier, [command, 0, 0]);
            }
        }

        if (a.OomScoreAdjustment != 0)
        {
            NamespaceCompiler.WriteFile(
                program, "/proc/self/oom_score_adj", a.OomScoreAdjustment.ToString(CultureInfo.InvariantCulture), Expectation.Warn);
        }

        const int prSetThpDisable = 41;
        program.Syscall("huge pages", SyscallNumber.Prctl, [prSetThpDisable, a.HugePagesDisabled ? 1 : 0, 0, 0, 0], Expectation.Warn);
        program.Syscall("dumpable", SyscallNumber.Prctl, [PrSetDumpable, a.Dumpable == 1 ? 1 : 0], Expectation.Warn);

        if (a.NoNewPrivileges)
        {
            program.Syscall("no_new_privs", SyscallNumber.Prctl, [PrSetNoNewPrivs, 1, 0, 0, 0]);
        }
    }

    /// <summary>Tells the restored agent where its coordinator is and whose pages it runs on.</summary>
    private void RestartInformation()
    {
        ulong state = _process.Shim.Address;
        byte[] address = new byte[ShimLayout.CoordinatorSize];
        Encoding.ASCII.GetBytes(target.Coordinator.Address, address.AsSpan(0, ShimLayout.CoordinatorSize - 1));
        Copy("coordinator", state + ShimLayout.Coordinator, address);
        Copy("secret", state + ShimLayout.Secret, target.Coordinator.Secret);
        Copy(
            "coordinator, for programs it starts", state + ShimLayout.EnvironmentCoordinator,
            Entry("INTERPOSE_COORDINATOR=" + target.Coordinator.Address, ShimLayout.EnvironmentCoordinatorSize));
        Copy(
            "secret, for programs it starts", state + ShimLayout.EnvironmentSecret,
            Entry("INTERPOSE_SECRET=" + Convert.ToHexStringLower(target.Coordinator.Secret), ShimLayout.EnvironmentSecretSize));
        if (target.HostName is { } name)
        {
            string moved = target.Moved.Extend(_process.Shim.Moved);
            Copy(
                "addresses that have changed", state + ShimLayout.EnvironmentMoved,
                Entry(moved.Length == 0 ? "" : "INTERPOSE_MOVED=" + moved, ShimLayout.EnvironmentMovedSize));
            Copy("host", state + ShimLayout.EnvironmentHost, Entry("INTERPOSE_HOST_NAME=" + name, ShimLayout.EnvironmentHostSize));
        }

        Store("connection", state + ShimLayout.Connection, unchecked((ulong)-1), 4);
        Store("generation", state + ShimLayout.RestartGeneration, 1, 4);
        Store("epoch", state + ShimLayout.RestartEpoch, image.Header.Epoch, 8);
        FileStatus.TryOf(image.Path, out FileStatus status);
        bool mapped = image.IsPlain;
        Store("image device", state + ShimLayout.RestartImageDevice, mapped ? (ulong)status.DeviceMajor << 32 | status.DeviceMinor : 0, 8);
        Store("image inode", state + ShimLayout.RestartImageInode, mapped ? status.Inode : 0, 8);
    }

    private static byte[] Entry(string text, int size)
    {
        byte[] entry = new byte[size];
        Encoding.ASCII.GetBytes(text, entry.AsSpan(0, size - 1));
        return entry;
    }

    private void Copy(string what, ulong to, byte[] bytes) =>
        program.Add(OperationKind.Copy, $"tell the agent: {what}", 0, [to, program.Data(bytes), bytes.Length]);

    private void Store(string what, ulong to, ulong value, int size) =>
        program.Add(OperationKind.Store, $"tell the agent: {what}", size, [to, value]);

    private void Threads(ThreadCompiler threads)
    {
        ThreadMetadata[] others = [.. _process.Threads.Skip(1)];
        if (others.Length == 0)
        {
            return;
        }

        program.Syscall(
            "stacks for threads until they go on", SyscallNumber.Mmap,
            [ProgramHeader.ThreadStacks, ProgramHeader.ThreadStackSize * (ulong)others.Length, ReadWrite, FixedPrivateAnonymous, -1, 0]);
        var creations = new List<int>();
        ulong stack = ProgramHeader.ThreadStacks;
        foreach (ThreadMetadata thread in others)
        {
            stack += ProgramHeader.ThreadStackSize;
            creations.Add(program.Next);
            program.Add(
                OperationKind.Thread, $"create thread {thread.Tid} ({thread.Name})", 0,
                [thread.Tid, thread.FsBase, thread.ClearChildTid, stack]);
        }

        // The threads' own parts lie behind: the main thread jumps over them.
        int skip = program.Next;
        program.Add(OperationKind.Goto, "main thread", 0, []);
        for (int i = 0; i < others.Length; i++)
        {
            program.SetNumber(creations[i], program.Next);
            threads.Register(others[i]);
            if (others[i].IsAgentThread)
            {
                threads.SeparateFiles();
            }

            threads.Jump(others[i]);
        }

        program.SetNumber(skip, program.Next);
    }
}
