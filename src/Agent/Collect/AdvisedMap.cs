using Interpose.Agent.Abi;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>
/// The memory map with its VmFlags, without walking page tables while the application stands still: the flags are read
/// before, the map is read again after, and what is new or was advised meanwhile is looked at closely.
/// </summary>
internal sealed unsafe class AdvisedMap
{
    /// <summary>A new mapping of this size may be a reservation (MAP_NORESERVE), which only its flags tell.</summary>
    private const ulong LargeMapping = 64 << 20;

    private readonly NativeState* _state;
    private readonly ulong _begun;
    private readonly ulong _done;
    private readonly List<MapEntry> _before;

    /// <summary>Reads the flags; the application may run.</summary>
    public AdvisedMap(NativeState* state)
    {
        _state = state;
        _done = Volatile.Read(ref state->AdviceDone);
        _begun = Volatile.Read(ref state->AdviceBegun);
        _before = MemoryMap.ReadOwnDetailed();
    }

    /// <summary>The map as it is now, all threads standing still.</summary>
    public List<MapEntry> Read()
    {
        bool advised = _begun != _done || _state->AdviceBegun != _begun || _state->AdviceDone != _done;
        if (advised)
        {
            return MemoryMap.ReadOwnDetailed();
        }

        List<MapEntry> now = MemoryMap.ReadOwn();
        int at = 0;
        foreach (MapEntry entry in now)
        {
            while (at < _before.Count && _before[at].End <= entry.Start)
            {
                at++;
            }

            bool known = at < _before.Count && _before[at].Start < entry.End && IsSameKind(_before[at], entry);
            if (!known && entry.Length >= LargeMapping)
            {
                return MemoryMap.ReadOwnDetailed();
            }

            entry.Flags = known ? _before[at].Flags : "";
        }

        return now;
    }

    /// <summary>The same mapping, though it may have grown: a heap, a stack.</summary>
    private static bool IsSameKind(MapEntry a, MapEntry b) =>
        a.Permissions == b.Permissions && a.Inode == b.Inode && a.DeviceMajor == b.DeviceMajor && a.DeviceMinor == b.DeviceMinor;
}
