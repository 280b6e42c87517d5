using System.Buffers;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;
using MessagePack;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// All that was published under one name. Of N holders each is told of the N - 1 others, so what is told of one is encoded
/// once and only copied from there on.
/// </summary>
internal sealed class SharedName
{
    private readonly List<(Participant Owner, PublishedKey Key)> _holders = [];
    private ReadOnlyMemory<byte> _bytes;
    private int[]? _ends;

    public void Add(Participant owner, PublishedKey key) => _holders.Add((owner, key));

    /// <summary>Adds what others published, by process id, then value.</summary>
    /// <returns>How many entries.</returns>
    public int AddOthers(Participant than, List<ReadOnlyMemory<byte>> pieces)
    {
        int[] ends = _ends ?? Encode();
        int count = 0, from = 0, at = FirstOf(than.Pid);
        for (; at < _holders.Count && _holders[at].Owner.Pid == than.Pid; at++)
        {
            if (_holders[at].Owner == than)
            {
                count += AddRange(from, at, ends, pieces);
                from = at + 1;
            }
        }

        return count + AddRange(from, _holders.Count, ends, pieces);
    }

    private int AddRange(int from, int to, int[] ends, List<ReadOnlyMemory<byte>> pieces)
    {
        if (to > from)
        {
            int start = from == 0 ? 0 : ends[from - 1];
            pieces.Add(_bytes[start..ends[to - 1]]);
        }

        return Math.Max(0, to - from);
    }

    private int FirstOf(int pid)
    {
        int low = 0, high = _holders.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _holders[middle].Owner.Pid < pid ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private int[] Encode()
    {
        _holders.Sort(static (x, y) =>
            (x.Owner.Pid, x.Key.Value).CompareTo((y.Owner.Pid, y.Key.Value)) is var order and not 0
                ? order
                : string.CompareOrdinal(x.Owner.Host, y.Owner.Host));
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        _ends = new int[_holders.Count];
        for (int i = 0; i < _ends.Length; i++)
        {
            (Participant owner, PublishedKey key) = _holders[i];
            MessageCodec.WriteRecord(ref writer, new FoundKey(key.Kind, key.A, key.B, owner.Pid, owner.Host, key.Value));
            writer.Flush();
            _ends[i] = buffer.WrittenCount;
        }

        _bytes = buffer.WrittenMemory;
        return _ends;
    }
}
