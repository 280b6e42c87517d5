using System.Runtime.InteropServices;
using System.Text;
using Interpose.Agent.Abi;
using Interpose.Resources;

namespace Interpose.Agent.Collect;

/// <summary>Reads the tables of shim/objects.c.</summary>
internal sealed unsafe class ShimKnowledge(NativeState* state) : IObjectKnowledge
{
    private const int RecordHeader = 8;

    public int LastWatch => state->Objects == null ? 0 : (int)state->Objects->LastWatch;

    public IEnumerable<string> WatchedPaths => ReadPaths();

    private List<string> ReadPaths()
    {
        var paths = new List<string>();
        NativeObjects* objects = state->Objects;
        if (objects == null || objects->Paths == null)
        {
            return paths;
        }

        ulong end = Math.Min(objects->PathsUsed, NativeObjects.PathsSize);
        for (ulong at = 0; at + RecordHeader < end;)
        {
            // struct ip_watch_path: size, ready
            var record = (uint*)(objects->Paths + at);
            if (record[0] == 0)
            {
                break;
            }

            if (record[1] != 0)
            {
                paths.Add(Encoding.UTF8.GetString(
                    MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)record + RecordHeader)));
            }

            at += record[0];
        }

        return paths;
    }
}
