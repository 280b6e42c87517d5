using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>Open files: each description once, in the supervisor; numbers and registrations in the process.</summary>
internal sealed class FileCompiler
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    private const int Later = -1;
    private const uint AllowSealing = 2, CloseOnExec = 1; // MFD_*

    private readonly ProgramBuilder _program;
    private readonly ProcessMetadata _process;
    private readonly RecreationContext _context;
    private readonly Action<string> _warn;
    private readonly int _floor;
    private readonly Dictionary<int, int> _contentFds = [];
    private readonly List<int> _slots = [];

    public FileCompiler(ProgramBuilder program, ProcessMetadata process, Action<string> warn)
    {
        _program = program;
        _process = process;
        _warn = warn;
        _floor = process.Files.Descriptors.Select(d => d.Number).DefaultIfEmpty(2).Max() + 16;
        _context = new RecreationContext(program, process, content => _contentFds[content], warn);
    }

    /// <summary>Slots of the memfds that hold shared content, by 1 + index.</summary>
    public IReadOnlyDictionary<int, int> ContentFds => _contentFds;

    /// <summary>An fd of the supervisor, out of the way of every number the process uses.</summary>
    public int Raise(string what, int slot)
    {
        int raised = _program.Syscall(
            $"keep {what}", SyscallNumber.Fcntl, [Argument.Slot(slot), DuplicateCloseOnExec, _floor], keep: true);
        _program.Syscall($"keep {what}", SyscallNumber.Close, [Argument.Slot(slot)]);
        return raised;
    }

    public void CreateContents()
    {
        for (int i = 0; i < _process.SharedObjects.Count; i++)
        {
            SharedObject item = _process.SharedObjects[i];
            string name = Path.GetFileName(item.Name);
            int slot = _program.Syscall(
                $"create memfd for {item.Name}", SyscallNumber.MemfdCreate,
                [_program.Text(name[..Math.Min(name.Length, 200)]), CloseOnExec | AllowSealing], keep: true);
            _program.Syscall($"size of {item.Name}", SyscallNumber.Ftruncate, [Argument.Slot(slot), item.Size]);
            _contentFds[i + 1] = Raise(item.Name, slot);
        }
    }

    public void CreateDescriptions()
    {
        for (int i = 0; i < _process.Files.Descriptions.Count; i++)
        {
            OpenFileDescription file = _process.Files.Descriptions[i];
            _slots.Add(IsOwnProc(file) ? Later : Create(file));
        }
    }

    public void PlaceDescriptors()
    {
        for (int i = 0; i < _slots.Count; i++)
        {
            if (_slots[i] == Later)
            {
                _slots[i] = Create(_process.Files.Descriptions[i]);
            }
        }

        PlaceAll();
    }

    private int Create(OpenFileDescription file)
    {
        ResourceModule module = ModuleRegistry.For(file.Kind)
            ?? throw new ImageException($"{file.Path} is of a kind ({file.Kind}) that this version cannot restore");
        FilePolicy.Check(file, _warn);
        int slot = module.Recreate(file, _context);
        FilePolicy.CutBack(file, slot, _program);
        return Raise(file.Path, slot);
    }

    /// <summary>Files about the process itself, such as /proc/PID/maps, are there only when it is.</summary>
    private bool IsOwnProc(OpenFileDescription file) =>
        file.Path.StartsWith($"/proc/{_process.Identity.Pid}", StringComparison.Ordinal);

    private void PlaceAll()
    {
        int next = 0;
        foreach (FileDescriptor fd in _process.Files.Descriptors.OrderBy(d => d.Number))
        {
            Close(next, fd.Number - 1);
            string path = _process.Files.Descriptions[fd.Description].Path;
            _program.Syscall(
                $"fd {fd.Number} is {path}", SyscallNumber.Dup3,
                [Argument.Slot(_slots[fd.Description]), fd.Number, fd.CloseOnExec ? OpenFlags.CloseOnExec : 0]);
            next = fd.Number + 1;
        }

        Close(next, uint.MaxValue);
        foreach (FileDescriptor fd in _process.Files.Descriptors)
        {
            OpenFileDescription file = _process.Files.Descriptions[fd.Description];
            bool first = _process.Files.Descriptors.First(d => d.Description == fd.Description) == fd;
            if (first)
            {
                ModuleRegistry.For(file.Kind)!.Refill(file, fd.Number, _context);
            }
        }
    }

    private void Close(long from, long to)
    {
        if (from <= to)
        {
            _program.Syscall("close what is not the program's", SyscallNumber.CloseRange, [from, to, 0]);
        }
    }
}
