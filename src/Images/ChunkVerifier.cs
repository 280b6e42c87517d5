using System.Buffers;
using Interpose.Images.Format;

namespace Interpose.Images;

/// <summary>Compares page data with its checksums, on as many processors as there are.</summary>
internal sealed class ChunkVerifier(ImageFile file, ImageChunk[] chunks)
{
    private int _next = -1;
    private int _firstBad = int.MaxValue;

    public void Verify(int workers)
    {
        int count = Math.Clamp(workers > 0 ? workers : Environment.ProcessorCount, 1, Math.Max(1, chunks.Length));
        var errors = new ImageException?[count];
        var threads = new Thread[count - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            int slot = i + 1;
            threads[i] = new Thread(() => errors[slot] = Work()) { IsBackground = true, Name = "verify" };
            threads[i].Start();
        }

        errors[0] = Work();
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        // Every worker stops at its first error; the one with the lowest chunk is the answer, whoever was faster.
        if (_firstBad != int.MaxValue)
        {
            throw errors.First(e => e is not null && (int)e.Data[nameof(ImageChunk)]! == _firstBad)!;
        }
    }

    private ImageException? Work()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)ImageHeader.ChunkSize);
        try
        {
            for (int i = Interlocked.Increment(ref _next); i < chunks.Length; i = Interlocked.Increment(ref _next))
            {
                if (i > Volatile.Read(ref _firstBad))
                {
                    return null;
                }

                try
                {
                    Check(i, ref buffer);
                }
                catch (ImageException e)
                {
                    e.Data[nameof(ImageChunk)] = i;
                    Lower(ref _firstBad, i);
                    return e;
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Check(int i, ref byte[] buffer)
    {
        ref readonly ImageChunk chunk = ref chunks[i];
        if (buffer.Length < chunk.StoredLength)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = ArrayPool<byte>.Shared.Rent((int)chunk.StoredLength);
        }

        Span<byte> stored = buffer.AsSpan(0, (int)chunk.StoredLength);
        file.Read(stored, chunk.FileOffset, $"chunk {i}");
        uint crc = Crc32C.ComputeInterleaved(stored);
        if (crc != chunk.Crc)
        {
            throw file.Error($"chunk {i}", chunk.FileOffset, $"expected checksum {chunk.Crc:x8}, found {crc:x8}");
        }
    }

    private static void Lower(ref int location, int value)
    {
        int seen = Volatile.Read(ref location);
        while (value < seen)
        {
            int before = Interlocked.CompareExchange(ref location, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
