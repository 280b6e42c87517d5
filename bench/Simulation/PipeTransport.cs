using System.IO.Pipelines;
using Interpose.Coordinator.Server;

namespace Interpose.Simulation;

/// <summary>One end of a connection inside this process: 100,000 sockets are more than a machine gives to one.</summary>
internal sealed class PipeTransport(PipeReader reader, PipeWriter writer, string name) : ITransport
{
    public string Name => name;

    /// <summary>Both ends of a new connection.</summary>
    public static (PipeTransport Left, PipeTransport Right) Pair(string name)
    {
        // No pauses: the coordinator's own limit on what is queued for a peer is what counts.
        var options = new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: 256, useSynchronizationContext: false);
        Pipe there = new(options), back = new(options);
        return (new PipeTransport(back.Reader, there.Writer, name), new PipeTransport(there.Reader, back.Writer, name));
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        ReadResult result = await reader.ReadAsync(cancellation).ConfigureAwait(false);
        int count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        int copied = 0;
        foreach (ReadOnlyMemory<byte> piece in result.Buffer.Slice(0, count))
        {
            piece.CopyTo(buffer[copied..]);
            copied += piece.Length;
        }

        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return count;
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => await writer.WriteAsync(bytes).ConfigureAwait(false);

    public void FinishSending() => writer.Complete();

    public void Dispose()
    {
        writer.Complete();
        reader.CancelPendingRead();
    }
}
