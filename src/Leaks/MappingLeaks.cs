using Interpose.Linux;

namespace Interpose.Leaks;

/// <summary>Memory that is mapped shared inside and outside: files, POSIX and System V shared memory, anonymous memory.</summary>
internal static class MappingLeaks
{
    public static IEnumerable<Leak> Find(HostView host)
    {
        var inside = new Dictionary<(uint, uint, ulong), (ObservedProcess Process, MapEntry Map)>();
        foreach (ObservedProcess process in host.Inside.OrderBy(static p => p.Key).Select(static p => p.Value))
        {
            foreach (MapEntry map in Shared(process.Pid))
            {
                inside.TryAdd(KeyOf(map), (process, map));
            }
        }

        if (inside.Count == 0)
        {
            yield break;
        }

        var seen = new HashSet<(uint, uint, ulong)>();
        foreach (ObservedProcess process in host.Outside.Values)
        {
            foreach (MapEntry map in Shared(process.Pid))
            {
                if (inside.TryGetValue(KeyOf(map), out (ObservedProcess Process, MapEntry Map) own)
                    && (CanWrite(map) || CanWrite(own.Map)) && seen.Add(KeyOf(map)))
                {
                    string name = own.Map.Name.Length > 0 ? own.Map.Name : $"inode {own.Map.Inode}";
                    yield return new Leak(
                        own.Process.Pid, own.Process.Command, $"shared memory at {own.Map.Start:x}", name, $"is also mapped in {process.Name}");
                }
            }
        }
    }

    private static IEnumerable<MapEntry> Shared(int pid) =>
        MemoryMap.Parse(Sys.TryReadFile($"/proc/{pid}/maps") ?? []).Where(static m => m.IsShared && m.Inode != 0);

    private static (uint Major, uint Minor, ulong Inode) KeyOf(MapEntry map) => (map.DeviceMajor, map.DeviceMinor, map.Inode);

    private static bool CanWrite(MapEntry map) => map.Permissions[1] == 'w';
}
