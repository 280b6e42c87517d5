using Interpose.Images;
using Interpose.Images.Metadata;

namespace Interpose.Restart.Files;

/// <summary>The open file descriptions of all processes of a host, each once.</summary>
internal sealed class MergedFiles
{
    private readonly List<MergedFile> _files = [];
    private readonly Dictionary<(int Pid, int Index), MergedFile> _byIndex = [];

    private readonly IReadOnlyList<ProcessMetadata> _processes;

    public MergedFiles(IReadOnlyList<ProcessMetadata> processes)
    {
        _processes = processes;
        // The owner of a shared description has the lowest pid: in ascending order it is always known already.
        var byDescriptor = new Dictionary<(int Pid, int Number), MergedFile>();
        foreach (ProcessMetadata process in processes.OrderBy(p => p.Identity.Pid))
        {
            int pid = process.Identity.Pid;
            for (int i = 0; i < process.Files.Descriptions.Count; i++)
            {
                OpenFileDescription file = process.Files.Descriptions[i];
                _byIndex[(pid, i)] = file.OwnerPid == 0 ? Own(process, file) : Shared(process, file, byDescriptor);
            }

            foreach (FileDescriptor descriptor in process.Files.Descriptors)
            {
                byDescriptor[(pid, descriptor.Number)] = _byIndex[(pid, descriptor.Description)];
            }
        }
    }

    public IReadOnlyList<MergedFile> All => _files;

    /// <summary>What a process's description number <paramref name="index"/> is.</summary>
    public MergedFile Of(ProcessMetadata process, int index) => _byIndex[(process.Identity.Pid, index)];

    /// <summary>Every fd that refers to a file: process, its name, number.</summary>
    public IReadOnlyList<(int Pid, string Name, int Fd)> Holders(MergedFile file) =>
    [
        .. _processes.SelectMany(p => p.Files.Descriptors.Where(d => !d.IsQueued && Of(p, d.Description) == file)
            .Select(d => (p.Identity.Pid, p.Identity.Comm, d.Number))),
    ];

    private MergedFile Own(ProcessMetadata process, OpenFileDescription file)
    {
        var merged = new MergedFile(process, file);
        _files.Add(merged);
        return merged;
    }

    private static MergedFile Shared(
        ProcessMetadata process, OpenFileDescription file, Dictionary<(int Pid, int Number), MergedFile> known)
    {
        if (!known.TryGetValue((file.OwnerPid, file.OwnerDescriptor), out MergedFile? merged))
        {
            throw new ImageException(
                $"{file.Path}, open in process {process.Identity.Pid}, is fd {file.OwnerDescriptor} of process {file.OwnerPid} as well, "
                + "which the checkpoint does not hold; use another checkpoint");
        }

        merged.Records.Add(file);

        // Whichever process has it as its standard input or output knows that it is the restart command's now.
        if (file.Kind == OpenFileKind.Stdio && merged.File.Kind != OpenFileKind.Stdio)
        {
            merged.Owner = process;
            merged.File = file;
        }

        return merged;
    }
}
