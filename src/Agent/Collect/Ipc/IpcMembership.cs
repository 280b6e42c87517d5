using Interpose.Agent.Abi;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect.Ipc;

/// <summary>
/// Which System V objects belong to the computation: those that this process has attached, asked for by shmget, semget or
/// msgget, operated on, created, or was the last to send to or receive from.
/// </summary>
internal sealed unsafe class IpcMembership
{
    private const string SegmentPrefix = "/SYSV"; // the name of its mappings, proc_pid_maps(5)

    public IpcMembership(NativeState* state, int pid, IReadOnlyList<MapEntry> map)
    {
        Attachments = [.. map.Where(IsAttachment)];
        NativeObjects* noted = state->Objects;
        if (Attachments.Count == 0 && (noted == null || noted->IdCount == 0) && IsEmpty("/proc/sysvipc/shm")
            && IsEmpty("/proc/sysvipc/msg"))
        {
            return;
        }

        Table = new IpcTable();
        var ids = new SortedSet<(IpcKind Kind, int Id)>(Table.Of(pid, KinCollector.Started()));
        ids.UnionWith(Attachments.Select(a => (IpcKind.Segment, (int)a.Inode)));
        for (uint i = 0; noted != null && i < Math.Min(noted->IdCount, NativeObjects.MaxIds); i++)
        {
            ids.Add(((IpcKind)noted->Ids[i].Kind, noted->Ids[i].Id)); // IP_IPC_* are the numbers of IpcKind
        }

        Ids = [.. ids.Where(i => Table.Has(i.Kind, i.Id))];
    }

    /// <summary>Mappings of segments.</summary>
    public IReadOnlyList<MapEntry> Attachments { get; }

    public IReadOnlyList<(IpcKind Kind, int Id)> Ids { get; } = [];

    /// <summary>Null when there is no object.</summary>
    public IpcTable? Table { get; }

    private static bool IsEmpty(string path) => (Sys.TryReadFile(path) ?? []).AsSpan().Count((byte)'\n') <= 1;

    public static bool IsAttachment(MapEntry entry) =>
        entry.IsShared && entry.Name.StartsWith(SegmentPrefix, StringComparison.Ordinal);
}
