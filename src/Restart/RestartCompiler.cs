using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>Compiles a checkpoint into the program that the restorer executes.</summary>
internal sealed class RestartCompiler(HostFacts host)
{
    private const int SetMask = 2; // SIG_SETMASK
    private const int OpenFilesLimit = 7; // RLIMIT_NOFILE

    /// <exception cref="ImageException">The checkpoint cannot be restarted here; the message says why.</exception>
    public RestartPlan Compile(Checkpoint checkpoint, RestartTarget target)
    {
        ImageReader image = Single(checkpoint);
        try
        {
            return Compile(image, target);
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or OverflowException or ArgumentException
            or KeyNotFoundException or InvalidOperationException)
        {
            throw new ImageException($"{image.Path}: its metadata cannot be compiled ({e.Message}); use another checkpoint", e);
        }
    }

    private RestartPlan Compile(ImageReader image, RestartTarget target)
    {
        ProcessMetadata process = image.Metadata;
        var warnings = new List<string>();
        CheckMappedFiles(image, warnings.Add);
        new VdsoCompiler(new ProgramBuilder(), host, process.Memory.Vdso).Check();

        var program = new ProgramBuilder();
        var files = new FileCompiler(program, process, warnings.Add);
        var namespaces = new NamespaceCompiler(program, target, host);
        Prepare(program);
        int imageFd = files.Raise("image", program.Syscall(
            $"open {image.Path}", SyscallNumber.Open, [program.Text(Path.GetFullPath(image.Path)), OpenFlags.CloseOnExec], keep: true));
        files.CreateContents();
        files.CreateDescriptions();
        namespaces.Enter(process.Clocks);
        if (target.NewPidNamespace)
        {
            int init = Process(program, "create the init of a pid namespace", 0);
            Supervise(program, init);
            program.SetNumber(LastProcess(program), program.Next);
            namespaces.MountProc();
        }

        int child = Process(program, $"create process {process.Identity.Pid}", process.Identity.Pid);
        int creation = LastProcess(program);
        Supervise(program, child);
        program.SetNumber(creation, program.Next);
        new ProcessCompiler(program, image, imageFd, files, host, target).Compile();
        CheckRoom(image, program);
        return new RestartPlan { Program = program, Warnings = warnings };
    }

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

    private static ImageReader Single(Checkpoint checkpoint) => checkpoint.Images.Count == 1
        ? checkpoint.Images[0].Reader
        : throw new ImageException(
            $"{checkpoint.Directory} holds {checkpoint.Images.Count} processes; this version restarts single processes only");

    private static void Prepare(ProgramBuilder program)
    {
        program.Syscall(
            "hold signals", SyscallNumber.RtSigprocmask, [SetMask, program.Data(BitConverter.GetBytes(ulong.MaxValue)), 0, 8]);
        Argument limit = program.Data<ulong>([0, 0]);
        program.Syscall("limit of open files", SyscallNumber.Prlimit64, [0, OpenFilesLimit, 0, limit]);
        int hard = program.Add(
            OperationKind.Fetch, "limit of open files", 8, [new Argument(limit.Value + 8, ArgumentMode.Data)], Expectation.Any, keep: true);
        program.Add(OperationKind.Store, "limit of open files", 8, [limit, Argument.Slot(hard)]);
        program.Syscall("limit of open files", SyscallNumber.Prlimit64, [0, OpenFilesLimit, limit, 0], Expectation.Any);
    }

    private static int Process(ProgramBuilder program, string label, int pid) =>
        program.Add(OperationKind.Process, label, 0, [pid], keep: true);

    private static void Supervise(ProgramBuilder program, int child) =>
        program.Add(OperationKind.Supervise, "pass signals on and wait", 0, [Argument.Slot(child)]);

    private static int LastProcess(ProgramBuilder program)
    {
        int at = program.Next - 1;
        while (program.Operations[at].Kind != OperationKind.Process)
        {
            at--;
        }

        return at;
    }

    private static void CheckMappedFiles(ImageReader image, Action<string> warn)
    {
        HashSet<string> privately = [.. image.Vmas.Where(v => v.Shared == 0 && v.Inode != 0).Select(v => image.NameOf(v))];
        foreach (MappedFile file in image.Metadata.MappedFiles)
        {
            FilePolicy.CheckMapped(file, privately.Contains(file.Path), warn);
        }
    }
}
