using Interpose.Protocol.Requests;

namespace Interpose.Cli.Output;

/// <summary>A checkpoint as JSON.</summary>
/// <param name="SchemaVersion">Version of this report.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Epoch">Its number.</param>
/// <param name="Committed">Whether it is complete; the figures below are there only then.</param>
/// <param name="Processes">How many processes are in it.</param>
/// <param name="ImageBytes">Bytes of all images.</param>
/// <param name="MemoryBytes">Bytes of memory they hold.</param>
/// <param name="PauseMicroseconds">The longest time a process stood still.</param>
/// <param name="ElapsedMicroseconds">From the request to the commit.</param>
/// <param name="Warning">What to know about it, such as processes that were left out; null for nothing.</param>
internal sealed record CheckpointReport(
    int SchemaVersion,
    string Path,
    ulong Epoch,
    bool Committed,
    int Processes,
    ulong ImageBytes,
    ulong MemoryBytes,
    ulong PauseMicroseconds,
    ulong ElapsedMicroseconds,
    string? Warning = null)
{
    /// <summary>From the coordinator's answer.</summary>
    public static CheckpointReport From(CheckpointReply reply, bool committed, string? warning = null) =>
        new(
            1, reply.Path, reply.Epoch, committed, reply.Processes, reply.ImageBytes, reply.RawBytes, reply.PauseMicroseconds,
            reply.ElapsedMicroseconds, warning);
}
