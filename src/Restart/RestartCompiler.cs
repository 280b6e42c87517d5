using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Restart.Files;
using Interpose.Restart.Terminals;
using Interpose.Restart.Tree;

namespace Interpose.Restart;

/// <summary>
/// Compiles a checkpoint into what the restorer executes: one program for the supervisor, which opens files and creates
/// the processes, and one for each process.
/// </summary>
internal sealed class RestartCompiler(HostFacts host)
{
    private const int SetMask = 2; // SIG_SETMASK
    private const int OpenFilesLimit = 7; // RLIMIT_NOFILE
    private const int SignalChild = 17;

    /// <exception cref="ImageException">The checkpoint cannot be restarted here; the message says why.</exception>
    public RestartPlan Compile(Checkpoint checkpoint, RestartTarget target)
    {
        try
        {
            return Compile([.. checkpoint.Images.Select(i => i.Reader)], target);
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException or ArgumentException
            or KeyNotFoundException or InvalidOperationException)
        {
            throw new ImageException(
                $"{checkpoint.Directory}: its metadata cannot be compiled ({e.Message}); use another checkpoint", e);
        }
    }

    private RestartPlan Compile(IReadOnlyList<ImageReader> images, RestartTarget target)
    {
        var warnings = new List<string>();
        CheckMappedFiles(images, warnings.Add);
        ProcessMetadata[] processes = [.. images.Select(i => i.Metadata)];
        List<TreeNode> nodes = TreePlanner.Plan(processes, target.NewPidNamespace);
        Dictionary<int, ImageReader> byPid = images.ToDictionary(i => i.Metadata.Identity.Pid);
        var program = new ProgramBuilder();
        var files = new HostFiles(processes, target.Replacements, target.HostLinks, host.Terminal, warnings.Add);
        var inner = new InnerTerminals(files.Merged, host.Terminal);
        var tree = new TreeCompiler(program, nodes, inner);
        var terminal = new OuterTerminal(host.Terminal, nodes);
        Prepare(program);
        new SupervisorCompiler(program, target, host, files, new IpcCompiler(processes, warnings.Add), terminal, inner).Compile(tree, nodes, Root(processes).Clocks, processes.Max(p => p.Identity.LastPid));
        tree.Bodies();

        var plan = new RestartPlan { Warnings = warnings };
        if (program.Length > ProgramHeader.MaxLength)
        {
            throw new ImageException(
                $"{images[0].Path}: {program.Length >> 20} MiB of operations for open files, more than the "
                + $"{ProgramHeader.MaxLength >> 20} MiB that can be executed");
        }

        if (program.NextSlot > ProgramHeader.MaxSlots)
        {
            throw new ImageException(
                $"{images[0].Path}: open files need {program.NextSlot} results, more than the {ProgramHeader.MaxSlots} that can be kept");
        }

        plan.Add("the supervisor", program);
        foreach ((int operation, TreeNode node) in tree.Chains)
        {
            ImageReader image = byPid[node.Pid];

            // Results of the supervisor's operations stay where they are.
            var own = new ProgramBuilder(program.NextSlot);
            new VdsoCompiler(own, host, image.Metadata.Memory.Vdso).Check();
            new ProcessCompiler(own, image, files, host, target, terminal).Compile();
            CheckRoom(image, own);
            plan.Chain(operation, $"process {node.Pid} ({node.Name})", own);
        }

        return plan;
    }

    /// <summary>The process that stands for the computation: its clocks count, and its end is the end of the command.</summary>
    private static ProcessMetadata Root(ProcessMetadata[] processes) =>
        processes.FirstOrDefault(p => p.Identity.IsRoot) ?? processes[0];

    /// <summary>The restorer has no more room than its window.</summary>
    private static void CheckRoom(ImageReader image, ProgramBuilder program)
    {
        if ((ulong)image.Metadata.Threads.Count > ProgramHeader.MaxThreads || program.Length > ProgramHeader.MaxLength)
        {
            throw new ImageException(
                $"{image.Path}: {image.Metadata.Threads.Count} threads and {program.Length >> 20} MiB of restart program, more than "
                + $"the {ProgramHeader.MaxThreads} threads and {ProgramHeader.MaxLength >> 20} MiB that can be restarted");
        }
    }

    private static void Prepare(ProgramBuilder program)
    {
        program.Syscall(
            "hold signals", SyscallNumber.RtSigprocmask, [SetMask, program.Data(BitConverter.GetBytes(ulong.MaxValue)), 0, 8]);

        // Ignored, it would make ended processes vanish that are still to be waited for (wait(2), NOTES).
        program.Syscall(
            "usual disposition of SIGCHLD", SyscallNumber.RtSigaction, [SignalChild, program.Data<ulong>([0, 0, 0, 0]), 0, 8]);
        Argument limit = program.Data<ulong>([0, 0]);
        program.Syscall("limit of open files", SyscallNumber.Prlimit64, [0, OpenFilesLimit, 0, limit]);
        int hard = program.Add(
            OperationKind.Fetch, "limit of open files", 8, [new Argument(limit.Value + 8, ArgumentMode.Data)], Expectation.Any, keep: true);
        program.Add(OperationKind.Store, "limit of open files", 8, [limit, Argument.Slot(hard)]);
        program.Syscall("limit of open files", SyscallNumber.Prlimit64, [0, OpenFilesLimit, limit, 0], Expectation.Any);
    }

    private static void CheckMappedFiles(IReadOnlyList<ImageReader> images, Action<string> warn)
    {
        // Processes of a tree map the same libraries: one look at each.
        var seen = new HashSet<(string, ulong, long, bool)>();
        foreach (ImageReader image in images)
        {
            HashSet<string> privately = [.. image.Vmas.Where(v => v.Shared == 0 && v.Inode != 0).Select(v => image.NameOf(v))];
            foreach (MappedFile file in image.Metadata.MappedFiles)
            {
                bool isPrivate = privately.Contains(file.Path);
                if (seen.Add((file.Path, file.Inode, file.ModifiedNs, isPrivate)))
                {
                    FilePolicy.CheckMapped(file, isPrivate, warn);
                }
            }
        }
    }
}
