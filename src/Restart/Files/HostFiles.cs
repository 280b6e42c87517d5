using System.Globalization;
using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;
using Interpose.Resources.Kinds;
using Interpose.Resources.Outside;
using Interpose.Resources.Program;
using Interpose.Restart.Rules;
using Interpose.Restart.Terminals;

namespace Interpose.Restart.Files;

/// <summary>
/// What the supervisor opens, once for all processes: shared content, and every open file description. Processes inherit
/// the fds and put them at their numbers, so sharing, offsets and flags come out right by construction.
/// </summary>
internal sealed class HostFiles
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    private const int SetFlags = 4; // F_SETFL
    private const int ChangeableFlags = 0x400 | 0x800 | 0x4000 | 0x40000; // O_APPEND, NONBLOCK, DIRECT, NOATIME: fcntl(2)

    private readonly IReadOnlyList<ProcessMetadata> _processes;
    private readonly Action<string> _warn;
    private readonly int _floor;
    private readonly Dictionary<(ulong Device, ulong Inode), int> _contents = [];
    private readonly Dictionary<string, int> _shared = new(StringComparer.Ordinal);

    private readonly Dictionary<string, OpenFileDescription> _sockets;
    private readonly HashSet<int> _members;
    private readonly Replacements _replacements;

    private readonly OwnTerminal _own;
    private readonly int[] _streams = [0, 0, 0];

    public HostFiles(
        IReadOnlyList<ProcessMetadata> processes, Replacements replacements, IReadOnlyDictionary<string, int> hostLinks,
        OwnTerminal own, Action<string> warn)
    {
        _own = own;
        foreach ((string key, int fd) in hostLinks)
        {
            _shared[key] = fd;
        }

        _replacements = replacements;
        _processes = processes;
        _warn = warn;
        _floor = processes.SelectMany(p => p.Files.Descriptors).Where(d => !d.IsQueued).Select(d => d.Number).DefaultIfEmpty(2).Max() + 16;
        Merged = new MergedFiles(processes);
        _sockets = Merged.All.Select(m => m.File).Where(f => f.Kind == OpenFileKind.Socket)
            .DistinctBy(f => f.Inode).ToDictionary(f => f.Inode.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal);
        _members = [.. processes.Select(p => p.Identity.Pid)];
    }

    public MergedFiles Merged { get; }

    /// <summary>An fd out of the way of every number a process uses.</summary>
    public int Raise(ProgramBuilder program, string what, int slot)
    {
        int raised = program.Syscall(
            $"keep {what}", SyscallNumber.Fcntl, [Argument.Slot(slot), DuplicateCloseOnExec, _floor], keep: true);
        program.Syscall($"keep {what}", SyscallNumber.Close, [Argument.Slot(slot)]);
        return raised;
    }

    /// <summary>The slot of the memfd that holds the content of a process's shared object, 1 + its index.</summary>
    public int ContentOf(ProcessMetadata process, int content)
    {
        SharedObject item = process.SharedObjects[content - 1];
        return _contents[(item.Device, item.Inode)];
    }

    public RecreationContext ContextFor(ProgramBuilder program, ProcessMetadata process, MergedFile merged) =>
        new(program, process, merged.Records, content => ContentOf(process, content), _warn, _shared)
        {
            SlotOf = number => Merged.Of(process, process.Files.Descriptors.First(d => d.Number == number).Description).Slot,
            SocketOf = inode => _sockets.GetValueOrDefault(inode),
            IsMember = _members.Contains,
        };

    public void CreateContents(ProgramBuilder program)
    {
        foreach (IGrouping<(ulong, ulong), SharedObject> same in _processes
            .SelectMany(p => p.SharedObjects).Where(o => o.Kind != SharedObjectKind.Segment).GroupBy(o => (o.Device, o.Inode)))
        {
            SharedObject item = same.First();
            int slot = SharedContentFile.Create(program, item, same.Max(o => o.Size), _warn);
            _contents[same.Key] = Raise(program, item.Name, slot);
        }
    }

    public void CreateDescriptions(ProgramBuilder program)
    {
        foreach (MergedFile merged in Merged.All.Where(m => !m.IsAboutProcess)
            .OrderBy(m => ModuleRegistry.For(m.File.Kind)?.Order(m.File) ?? 0))
        {
            merged.Slot = Create(program, merged);
        }

        foreach (MergedFile merged in Merged.All.Where(m => m.Slot != 0 && !m.IsReplaced))
        {
            ModuleRegistry.For(merged.File.Kind)!.Fill(merged.File, ContextFor(program, merged.Owner, merged));
        }

        for (int fd = 0; fd < _streams.Length; fd++)
        {
            if (_processes.Any(p => p.Files.Descriptors.Any(d => !d.IsQueued && d.Number == fd && IsDivided(Merged.Of(p, d.Description), fd))))
            {
                _streams[fd] = program.Syscall(
                    $"keep fd {fd} of the restart command", SyscallNumber.Fcntl, [fd, DuplicateCloseOnExec, _floor], keep: true);
            }
        }
    }

    /// <summary>The slot of what a process gets at a number.</summary>
    public int SlotOf(MergedFile file, int slot, int number) => IsDivided(file, number) ? _streams[number] : slot;

    /// <summary>
    /// A terminal is one file at fd 0, 1 and 2 of a program; the standard input, output and error of the restart command that take
    /// its place may lead to different ones.
    /// </summary>
    private bool IsDivided(MergedFile file, int number) =>
        number is >= 0 and <= 2 && StdioModule.StreamOf(file.File) is var stream and >= 0 && stream != number && !file.IsReplaced
        && (_own.Standard[number].Length == 0 || _own.Standard[number] != _own.Standard[stream]);

    /// <summary>Opens a description; the slot of its fd.</summary>
    public int Create(ProgramBuilder program, MergedFile merged)
    {
        OpenFileDescription file = merged.File;
        ResourceModule module = ModuleRegistry.For(file.Kind)
            ?? throw new ImageException($"{file.Path} is of a kind ({file.Kind}) that this version cannot restore");
        if (_replacements.Find(file, () => Merged.Holders(merged)) is { } given)
        {
            merged.IsReplaced = true;
            return Replaced(program, file, given);
        }

        FilePolicy.Check(file, _warn);
        int slot = module.Recreate(file, ContextFor(program, merged.Owner, merged));
        FilePolicy.CutBack(file, slot, program);

        // The first fd stays: what is made together (both ends of a pipe) may be needed again. Processes close it.
        return program.Syscall(
            $"keep {file.Path}", SyscallNumber.Fcntl, [Argument.Slot(slot), DuplicateCloseOnExec, _floor], keep: true);
    }

    /// <summary>An fd that the restorer inherits takes the place of a file: only flags and socket options are the old ones.</summary>
    private int Replaced(ProgramBuilder program, OpenFileDescription file, int given)
    {
        int slot = program.Syscall(
            $"something else for {file.Path}", SyscallNumber.Fcntl, [given, DuplicateCloseOnExec, _floor], keep: true);
        program.Syscall(
            $"set flags of {file.Path}", SyscallNumber.Fcntl, [Argument.Slot(slot), SetFlags, file.Flags & ChangeableFlags], Expectation.Warn);
        ObjectDescription.SetOptions(file, slot, program);
        return slot;
    }
}
