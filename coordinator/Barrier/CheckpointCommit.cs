using Interpose.Coordinator.Storage;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Coordinator.Barrier;

/// <summary>The end of a checkpoint whose images are all on disk.</summary>
internal static class CheckpointCommit
{
    /// <summary>Writes the manifest. Null: the checkpoint exists; otherwise what went wrong.</summary>
    public static async Task<string?> WriteAsync(
        ICheckpointStore store, CheckpointOrder order, DateTimeOffset now, IEnumerable<Participant> participants)
    {
        var record = new CheckpointRecord(
            order.Directory,
            order.Computation,
            order.Epoch,
            now,
            [.. participants.Select(p => new ProcessRecord(p.Member.Hello, p.Image!))]);
        try
        {
            // It waits for the disk, and the event loop must not.
            await Task.Run(() => store.Commit(record)).ConfigureAwait(false);
            return null;
        }
#pragma warning disable CA1031 // Whatever went wrong, the checkpoint does not exist and the application must go on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e.Message;
        }
    }

    /// <summary>What the request is answered.</summary>
    public static CheckpointReply Reply(CheckpointOrder order, IEnumerable<Participant> participants, TimeSpan elapsed)
    {
        ImageReport[] images = [.. participants.Select(p => p.Image!)];
        return new CheckpointReply(
            order.Directory,
            order.Epoch,
            images.Length,
            images.Aggregate(0ul, (sum, i) => sum + i.ImageBytes),
            images.Aggregate(0ul, (sum, i) => sum + i.RawBytes),
            images.Max(i => i.PauseMicroseconds),
            (ulong)elapsed.TotalMicroseconds);
    }
}
